import { ListenError } from "./errors.ts";
import type { Listener, ListenOptions } from "./listener.ts";
import type { Address } from "./socket.ts";

type Listen = (address: Address, options?: ListenOptions) => Promise<Listener>;

/**
 * Bytes that fit into a socket address on Linux, without the final NUL. Checked here, because Node 22 cuts a
 * longer path and listens somewhere else.
 */
const MAX_UNIX_PATH = 107;

/**
 * Binds a listening socket with the sockets of the runtime that this runs on.
 *
 * @param address What to bind. An empty hostname means every interface: IPv6 and IPv4 both, or IPv4 alone
 * where the machine has no IPv6.
 * @param options TLS and port sharing.
 * @returns The listener, bound; {@linkcode Listener.start} makes it accept.
 * @throws {ListenError} If the address cannot be bound, or the certificate or key cannot be used.
 */
export async function listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
  if ("path" in address && new TextEncoder().encode(address.path).length > MAX_UNIX_PATH) {
    throw new ListenError(address, "ENAMETOOLONG");
  }
  const listen = await implementation();
  if ("path" in address || address.hostname !== "") return await listen(address, options);
  try {
    return await listen({ hostname: "::", port: address.port }, options);
  } catch (error) {
    const noIpv6 = error instanceof ListenError && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(error.code);
    if (!noIpv6) throw error;
    return await listen({ hostname: "0.0.0.0", port: address.port }, options);
  }
}

/**
 * Only the file of the runtime at hand is loaded: each of them needs modules or globals that the others lack.
 */
async function implementation(): Promise<Listen> {
  if ("Bun" in globalThis) return (await import("./bun.ts")).listen;
  if ("Deno" in globalThis) return (await import("./deno.ts")).listen;
  return (await import("./node.ts")).listen;
}
