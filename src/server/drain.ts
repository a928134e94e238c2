import type { Listener } from "../net/listener.ts";
import type { Connections } from "./connections.ts";

/**
 * Stops accepting, and waits for the connections that are there and for those that the listener still hands over, even where
 * the listener cannot be closed: it may be the program's own.
 *
 * @throws What the listener throws or rejects with when it is closed, once no connection is left.
 */
export async function drain(listener: Listener, connections: Connections): Promise<void> {
  const close = async (): Promise<void> => await listener.close();
  const [closed] = await Promise.allSettled([close(), connections.drain()]);
  await connections.drain();
  await connections.context.workSettled();
  if (closed.status === "rejected") throw closed.reason;
}
