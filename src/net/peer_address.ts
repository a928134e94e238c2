import type { TcpAddress } from "./socket.ts";

/**
 * Address of a TCP peer in one form for all runtimes: an IPv4 client of a socket that listens on IPv6 and
 * IPv4 is `127.0.0.1`, not `::ffff:127.0.0.1`. Empty and 0 if the peer had gone before the runtime read its
 * address.
 */
export function peerAddress(hostname: string | undefined, port: number | undefined): TcpAddress {
  if (hostname === undefined) return { hostname: "", port: 0 };
  const mapped = hostname.startsWith("::ffff:") && hostname.includes(".");
  return { hostname: mapped ? hostname.slice(7) : hostname, port: port ?? 0 };
}
