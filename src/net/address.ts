import { AddressError } from "./errors.ts";
import type { TcpAddress, UnixListenAddress } from "./socket.ts";

export { formatAddress } from "./format_address.ts";

/**
 * Where to listen: `"host:port"`, `"[v6]:port"`, `":port"` (every interface), a URL with nothing but a host
 * and a port as a string or an object, a port alone or in an object (every interface), a host and a port, or
 * the path of a Unix domain socket. Port 0 lets the system choose a free one.
 */
export type ListenAddress =
  | string
  | number
  | URL
  | { readonly hostname?: string; readonly port: number }
  | UnixListenAddress;

/** Scheme of the URLs that may be listened on. */
export type ListenScheme = "http" | "https";

const DEFAULT_PORTS: Readonly<Record<ListenScheme, number>> = { http: 80, https: 443 };
const MAX_MODE = 0o777;

/**
 * Reads an address to listen on.
 *
 * @param address The address as a user writes it.
 * @param scheme The scheme that a URL must have.
 * @returns The same as data. An empty `hostname` stands for every interface.
 * @throws {AddressError} If it is none of the forms of {@linkcode ListenAddress}.
 */
export function parseAddress(
  address: ListenAddress,
  scheme: ListenScheme = "http",
): TcpAddress | UnixListenAddress {
  if (typeof address === "string") return parseText(address, scheme);
  if (typeof address === "number") return { hostname: "", port: checkPort(address, address) };
  if (address instanceof URL) return parseUrl(address.href, address, scheme);
  if (typeof address !== "object" || address === null) {
    fail(address, `it is ${describe(address)}, not an address`);
  }
  const { hostname = "", port, path, mode } = address as {
    readonly [name in "hostname" | "port" | "path" | "mode"]?: unknown;
  };
  if (path !== undefined) {
    if (hostname !== "" || port !== undefined) fail(address, "it has a path and a hostname or port");
    return {
      path: checkPath(address, path),
      ...(mode === undefined ? {} : { mode: checkMode(address, mode) }),
    };
  }
  if (mode !== undefined) fail(address, "it has a mode, which is for a path alone");
  if (typeof hostname !== "string") fail(address, `the hostname is ${describe(hostname)}, not a string`);
  if (typeof port !== "number") fail(address, `the port is ${describe(port)}, not a number`);
  checkPort(address, port);
  checkHostname(address, hostname);
  return { hostname, port };
}

function parseText(text: string, scheme: ListenScheme): TcpAddress {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) {
    if (!URL.canParse(text)) fail(text, "it is not a valid URL");
    return parseUrl(text, new URL(text), scheme);
  }
  const colon = text.lastIndexOf(":");
  if (/^[0-9]+$/.test(text)) fail(text, `it has no host; write ":${text}" or the number ${text}`);
  if (colon === -1) fail(text, `it has no port; write "host:port", ":port" or { path }`);
  const host = text.slice(0, colon);
  const digits = text.slice(colon + 1);
  if (!/^[0-9]+$/.test(digits) || Number(digits) > 65535) {
    fail(text, `the port "${digits}" is not 0 to 65535`);
  }
  const port = Number(digits);
  if (host.startsWith("[") && host.endsWith("]")) {
    const hostname = host.slice(1, -1);
    if (!hostname.includes(":")) fail(text, "only an IPv6 address goes in brackets");
    checkHostname(text, hostname);
    return { hostname, port };
  }
  if (/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%.*)?$/.test(host)) fail(text, "an IPv6 address goes in brackets");
  checkHostname(text, host);
  return { hostname: host, port };
}

function parseUrl(text: string, url: URL, scheme: ListenScheme): TcpAddress {
  const given = url.protocol.slice(0, -1);
  if (given !== scheme) {
    const other = given === "http" || given === "https" ? `, which is for Server.${given}` : "";
    fail(text, `the scheme is ${given}, not ${scheme}${other}`);
  }
  const extra = [
    ["a user name or password", url.username + url.password],
    ["a path", url.pathname === "/" ? "" : url.pathname],
    ["a query", url.search],
    ["a fragment", url.hash],
  ].find(([, part]) => part !== "");
  if (extra !== undefined) fail(text, `it has ${extra[0]}; a URL to listen on has a host and a port alone`);
  const hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  checkHostname(text, hostname);
  return { hostname, port: url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port) };
}

function checkHostname(address: unknown, hostname: string): void {
  const form = hostname.includes(":") ? /^[0-9A-Fa-f:.]+(%[^\s/[\]%]+)?$/ : /^[^\s/[\]?#@*\0]*$/;
  if (!form.test(hostname)) fail(address, `"${hostname}" is not a host name or an IP address`);
}

function checkPort(address: unknown, port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    fail(address, `the port ${port} is not 0 to 65535`);
  }
  return port;
}

function checkPath(address: unknown, path: unknown): string {
  if (typeof path !== "string") fail(address, `the path is ${describe(path)}, not a string`);
  if (path === "") fail(address, "the path is empty");
  if (path.includes("\0")) fail(address, "the path contains a NUL");
  return path;
}

function checkMode(address: unknown, mode: unknown): number {
  if (typeof mode !== "number") fail(address, `the mode is ${describe(mode)}, not a number`);
  if (!Number.isInteger(mode) || mode < 0 || mode > MAX_MODE) {
    fail(address, `the mode ${mode} is not 0 to 0o777`);
  }
  return mode;
}

function fail(address: unknown, reason: string): never {
  const text = typeof address === "string" ? `"${address}"` : "the given address";
  throw new AddressError(`Cannot listen on ${text}: ${reason}`);
}

function describe(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}
