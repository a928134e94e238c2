import { AddressError } from "./errors.ts";
import type { Address } from "./socket.ts";

export { formatAddress } from "./format_address.ts";

/**
 * Where to listen: `"host:port"`, `"[v6]:port"`, `":port"` (every interface), a host and a port, or the path
 * of a Unix domain socket. Port 0 lets the system choose a free one.
 */
export type ListenAddress =
  | string
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/**
 * Reads an address to listen on.
 *
 * @param address The address as a user writes it.
 * @returns The same as data. An empty `hostname` stands for every interface.
 * @throws {AddressError} If it is none of the forms of {@linkcode ListenAddress}.
 */
export function parseAddress(address: ListenAddress): Address {
  if (typeof address === "string") return parseText(address);
  if (typeof address !== "object" || address === null) {
    fail(address, `it is ${describe(address)}, not an address`);
  }
  const { hostname, port, path } = address as { hostname?: unknown; port?: unknown; path?: unknown };
  if (path !== undefined) {
    if (hostname !== undefined || port !== undefined) fail(address, "it has a path and a hostname or port");
    if (typeof path !== "string") fail(address, `the path is ${describe(path)}, not a string`);
    if (path === "") fail(address, "the path is empty");
    if (path.includes("\0")) fail(address, "the path contains a NUL");
    return { path };
  }
  if (typeof hostname !== "string") fail(address, `the hostname is ${describe(hostname)}, not a string`);
  if (typeof port !== "number") fail(address, `the port is ${describe(port)}, not a number`);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    fail(address, `the port ${port} is not 0 to 65535`);
  }
  checkHostname(address, hostname);
  return { hostname, port };
}

function parseText(text: string): Address {
  const colon = text.lastIndexOf(":");
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
  if (host.includes(":")) fail(text, "an IPv6 address goes in brackets");
  checkHostname(text, host);
  return { hostname: host, port };
}

function checkHostname(address: unknown, hostname: string): void {
  const form = hostname.includes(":") ? /^[0-9A-Fa-f:.]+(%[^\s/[\]%]+)?$/ : /^[^\s/[\]?#@*\0]*$/;
  if (!form.test(hostname)) fail(address, `"${hostname}" is not a host name or an IP address`);
}

function fail(address: unknown, reason: string): never {
  const text = typeof address === "string" ? `"${address}"` : "the given address";
  throw new AddressError(`Cannot listen on ${text}: ${reason}`);
}

function describe(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}
