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
   * `ENAMETOOLONG` (the path of a Unix socket), `ESTALE` (a Unix socket on which nobody listens, and which
   * this process may not remove), `ENOTFOUND` (a host name without an address, or what looks like an IP
   * address and is none), `ERR_TLS_CREDENTIALS`, or else the runtime's own code; empty if it gave none.
   *
   * Node alone knows the zone of an IPv6 address, as in `fe80::1%eth0`: elsewhere that is `EADDRNOTAVAIL`.
   */
  readonly code: string;
  /** The address that could not be listened on. */
  readonly address: Address;

  /**
   * Made by the listeners of this package.
   *
   * @param address The address that could not be listened on.
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
  ["ESTALE", "a process that has ended left its socket there, and it cannot be removed"],
  ["EMFILE", "too many open files"],
  ["ENFILE", "too many open files in the system"],
  ["ERR_TLS_CREDENTIALS", "certificate or key cannot be used"],
]);

/** A listener could not accept connections, mostly because the process has no file descriptors left. */
export class AcceptError extends Error {
  /** The name of the class. */
  override readonly name = "AcceptError";
  /**
   * The system's error code, `EMFILE` or `ENFILE` for a lack of descriptors; empty if the runtime gave none.
   */
  readonly code: string;
  /**
   * `"began"` at the first failure, `"lasts"` once a minute while accepting goes on failing, `"ended"` when
   * there has been no failure for five seconds.
   */
  readonly phase: "began" | "lasts" | "ended";
  /** Milliseconds from the first failure to the latest one. */
  readonly duration: number;
  /**
   * Number of failures: attempts to accept (Deno), or looks for a free descriptor, once a second (Bun, Node).
   */
  readonly failures: number;

  /**
   * Made by the listeners of this package.
   *
   * @param phase See {@linkcode AcceptError.phase}.
   * @param duration See {@linkcode AcceptError.duration}.
   * @param failures See {@linkcode AcceptError.failures}.
   * @param cause The runtime's error.
   */
  constructor(phase: AcceptError["phase"], duration: number, failures: number, cause: Error) {
    const code = String((cause as { code?: unknown }).code ?? "");
    const words = WORDS.get(code) ?? cause.message;
    const spell = `for ${Math.round(duration / 1000)} s (${failures} failures)`;
    super(
      phase === "began"
        ? `Cannot accept connections: ${words}`
        : phase === "lasts"
        ? `Cannot accept connections ${spell}: ${words}`
        : `Could not accept connections ${spell}: ${words}; accepting works again`,
      { cause },
    );
    this.code = code;
    this.phase = phase;
    this.duration = duration;
    this.failures = failures;
  }
}

/** Bytes to be sent were detached or resized by the program before they were sent. */
export class ChangedBytesError extends TypeError {
  /** The name of the class. */
  override readonly name = "ChangedBytesError";

  /** Made by the sockets of this package. */
  constructor() {
    super("Cannot send bytes: they were detached (transferred) or resized before they were sent");
  }
}

/** Makes the error of a connection that ended out of order, where the runtime gave none. */
export function connectionLost(): Error {
  return Object.assign(new Error("Connection lost"), { code: "ECONNRESET" });
}

/**
 * Turns what a runtime threw at an attempt to listen into an error that is the same on every runtime.
 *
 * @param address The address that could not be listened on.
 * @param cause The error of the runtime.
 * @param secure A certificate and a key were given, which may be the reason.
 */
export function listenError(address: Address, cause: unknown, secure: boolean): ListenError {
  return new ListenError(address, commonCode(address, cause, secure), cause);
}

function commonCode(address: Address, cause: unknown, secure: boolean): string {
  const { code, name, message } = cause as { code?: unknown; name?: unknown; message?: unknown };
  if (typeof code !== "string") {
    // Deno gives no code to unusable PEM, and neither Deno nor Bun to a failed look-up.
    const where = "path" in address ? address.path : address.hostname;
    const words = String(message).replaceAll(where, "");
    const complains = name === "InvalidData" || /\bkeys?\b|decrypt|BER error|PEM|certificate/i.test(words);
    if (secure && complains) return "ERR_TLS_CREDENTIALS";
    if (!("hostname" in address)) return "";
    if (address.hostname.includes("%")) return "EADDRNOTAVAIL";
    return isIpAddress(address.hostname) ? "" : "ENOTFOUND";
  }
  if (secure && /^ERR_(OSSL|SSL|TLS|BORINGSSL|CRYPTO)/.test(code)) return "ERR_TLS_CREDENTIALS";
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
