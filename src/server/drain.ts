import type { Listener } from "../net/listener.ts";
import type { Connections } from "./connections.ts";

/**
 * Stops accepting, and waits for the open connections and for those that the listener still delivers. A
 * listener of the program may deliver some even if closing it fails.
 *
 * @throws The error of closing the listener, when no connection is left.
 */
export async function drain(listener: Listener, connections: Connections): Promise<void> {
  const close = async (): Promise<void> => await listener.close();
  const [closed] = await Promise.allSettled([close(), connections.drain()]);
  await connections.drain();
  await connections.context.workSettled();
  if (closed.status === "rejected") throw closed.reason;
}
