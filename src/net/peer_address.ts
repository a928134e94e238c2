import type { TcpAddress } from "./socket.ts";

/**
 * The address of a TCP peer as the runtimes give it, in one form: an IPv4 client of a socket that listens on
 * IPv6 and IPv4 both is `127.0.0.1`, not `::ffff:127.0.0.1`. Empty and 0 if the peer was gone before it could
 * be asked.
 */
export function peerAddress(hostname: string | undefined, port: number | undefined): TcpAddress {
  if (hostname === undefined) return { hostname: "", port: 0 };
  const mapped = hostname.startsWith("::ffff:") && hostname.includes(".");
  return { hostname: mapped ? hostname.slice(7) : hostname, port: port ?? 0 };
}
