import type { Address } from "./socket.ts";

/**
 * Writes an address as text: `127.0.0.1:80`, `[::1]:80`, `:80` for every interface, or the path of a Unix
 * socket.
 *
 * @param address The address.
 * @returns Text that `parseAddress` takes back, unless it is a path.
 */
export function formatAddress(address: Address): string {
  if ("path" in address) return address.path;
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
