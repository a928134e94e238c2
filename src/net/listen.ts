import { ListenError } from "./errors.ts";
import type { Listener, ListenOptions } from "./listener.ts";
import type { Address, TcpAddress, UnixListenAddress } from "./socket.ts";

type Listen = (address: Address, options?: ListenOptions) => Promise<Listener>;

/**
 * Length in bytes of the longest path in a socket address on Linux, without the final NUL. Checked here,
 * because Node 22 truncates a longer path and listens somewhere else.
 */
const MAX_UNIX_PATH = 107;

/**
 * Binds a listening socket with the sockets of the runtime that this runs on.
 *
 * @param address Address to bind. An empty hostname means every interface: IPv6 and IPv4, or IPv4 alone on a
 * machine without IPv6. A Unix socket that exists is replaced if nobody listens on it.
 * @param options TLS and port sharing.
 * @returns The listener, bound; {@linkcode Listener.start} makes it accept.
 * @throws {ListenError} If the address cannot be bound, or the certificate or key cannot be used.
 */
export async function listen(
  address: TcpAddress | UnixListenAddress,
  options: ListenOptions = {},
): Promise<Listener> {
  const listen = await implementation();
  if ("path" in address) return await listenOnPath(address, options, listen);
  if (address.hostname !== "") return await listen(address, options);
  try {
    return await listen({ hostname: "::", port: address.port }, options);
  } catch (error) {
    const noIpv6 = error instanceof ListenError && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(error.code);
    if (!noIpv6) throw error;
    return await listen({ hostname: "0.0.0.0", port: address.port }, options);
  }
}

/** Binds a Unix socket, in the place of one on which nobody listens any more. */
async function listenOnPath(
  { path, mode }: UnixListenAddress,
  options: ListenOptions,
  listen: Listen,
): Promise<Listener> {
  const address = { path };
  if (new TextEncoder().encode(path).length > MAX_UNIX_PATH) throw new ListenError(address, "ENAMETOOLONG");
  let listener: Listener;
  try {
    listener = await listen(address, options);
  } catch (error) {
    const { removeStaleSocket } = await import("./unix_file.ts");
    const inUse = error instanceof ListenError && error.code === "EADDRINUSE";
    if (!inUse || !await removeStaleSocket(address)) throw error;
    listener = await listen(address, options);
  }
  if (mode === undefined) return listener;
  try {
    const { setMode } = await import("./unix_file.ts");
    setMode(address, mode);
    return listener;
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/**
 * Loads the file of the runtime alone: each needs modules or globals that the others lack.
 */
async function implementation(): Promise<Listen> {
  if ("Bun" in globalThis) return (await import("./bun.ts")).listen;
  if ("Deno" in globalThis) return (await import("./deno.ts")).listen;
  return (await import("./node.ts")).listen;
}
