import { formatAddress } from "./format_address.ts";
import type { Address } from "./socket.ts";

/** An address that cannot be listened on because of how it is written. */
export class AddressError extends TypeError {
  /** The name of the class. */
  override readonly name = "AddressError";
}

/** The operating system or the runtime refused to listen. */
export class ListenError extends Error {
  /** The name of the class. */
  override readonly name = "ListenError";
  /**
   * The same on every runtime: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, `ENOENT` (no such directory),
   * `ENAMETOOLONG` (the path of a Unix socket), `ENOTFOUND` (a host name without an address, or what looks like an
   * IP address and is none), `ERR_TLS_CREDENTIALS`, or else the runtime's own code; empty if it gave none.
   *
   * Node alone knows the zone of an IPv6 address, as in `fe80::1%eth0`: elsewhere that is `EADDRNOTAVAIL`.
   */
  readonly code: string;
  /** What could not be listened on. */
  readonly address: Address;

  /**
   * Made by the listeners of this package.
   *
   * @param address What could not be listened on.
   * @param code The error code, as in {@linkcode ListenError.code}.
   * @param cause The runtime's error.
   */
  constructor(address: Address, code: string, cause?: unknown) {
    const words = WORDS.get(code) ?? (cause instanceof Error ? cause.message : "unknown error");
    super(`Cannot listen on ${formatAddress(address)}: ${words}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.address = address;
  }
}

const WORDS = new Map([
  ["EADDRINUSE", "address already in use"],
  ["EADDRNOTAVAIL", "address not available on this machine"],
  ["EACCES", "permission denied"],
  ["EPERM", "operation not permitted"],
  ["ENOENT", "no such directory"],
  ["ENOTDIR", "not a directory"],
  ["ENAMETOOLONG", "path too long for a Unix socket"],
  ["ENOTFOUND", "host name has no address"],
  ["EAFNOSUPPORT", "address family not supported"],
  ["EMFILE", "too many open files"],
  ["ENFILE", "too many open files in the system"],
  ["ERR_TLS_CREDENTIALS", "certificate or key cannot be used"],
]);

/** The program gave bytes to be sent, and took them away before that was done. */
export class ChangedBytesError extends TypeError {
  /** The name of the class. */
  override readonly name = "ChangedBytesError";

  /** Made by the sockets of this package. */
  constructor() {
    super("Cannot send bytes: they were detached (transferred) or resized before they were sent");
  }
}

/** For a connection that ended out of order without an error of the runtime's. */
export function connectionLost(): Error {
  return Object.assign(new Error("Connection lost"), { code: "ECONNRESET" });
}

/** Turns what a runtime threw at an attempt to listen into an error that is the same on every runtime. */
export function listenError(address: Address, cause: unknown): ListenError {
  return new ListenError(address, commonCode(address, cause), cause);
}

function commonCode(address: Address, cause: unknown): string {
  const { code, name, message } = cause as { code?: unknown; name?: unknown; message?: unknown };
  if (typeof code !== "string") {
    // Deno gives no code to unusable PEM, and neither Deno nor Bun to a failed look-up.
    if (name === "InvalidData" || /\bkeys?\b/.test(String(message))) return "ERR_TLS_CREDENTIALS";
    if (!("hostname" in address)) return "";
    if (address.hostname.includes("%")) return "EADDRNOTAVAIL";
    return isIpAddress(address.hostname) ? "" : "ENOTFOUND";
  }
  if (/^ERR_(OSSL|SSL|TLS|BORINGSSL)/.test(code)) return "ERR_TLS_CREDENTIALS";
  if (code === "EAI_AGAIN" || code === "EAI_NONAME") return "ENOTFOUND";
  // What Deno's node:net makes of EADDRNOTAVAIL, and the system of a link-local address without its zone.
  if (code === "EINVAL" && "hostname" in address) return "EADDRNOTAVAIL";
  return code;
}

function isIpAddress(hostname: string): boolean {
  if (hostname === "") return true;
  if (hostname.includes(":")) return URL.canParse(`http://[${hostname}]`);
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) && URL.canParse(`http://${hostname}`);
}
