import type { Listener } from "../net/listener.ts";
import type { Service } from "./service.ts";

/**
 * Stops accepting, and waits for the connections that are there, even where the listener cannot be closed: it may be the
 * program's own.
 *
 * @throws What the listener throws or rejects with when it is closed, once no connection is left.
 */
export async function drain(listener: Listener, service: Service): Promise<void> {
  const close = async (): Promise<void> => await listener.close();
  const [closed] = await Promise.allSettled([close(), service.drain()]);
  if (closed.status === "rejected") throw closed.reason;
}
