import type { Socket } from "../net/socket.ts";
import type { Output } from "./output.ts";

/** Milliseconds that a client is still listened to when nobody reads what it sends, or has more to say. */
const LINGER_TIME = 5000;

/** Milliseconds that it may take nothing of what was said, before that. */
const SEND_TIME = 60_000;

/**
 * Closes an upgraded connection whose handler has left both halves, once the client has taken what it was sent: whether it
 * ever closes its half is not to be relied on.
 *
 * @param socket The connection; its own half has been closed.
 * @param output What was sent to it.
 * @returns A function that ends this, for when the connection is gone.
 */
export function closeOnceSent(socket: Socket, output: Output): () => void {
  let taken = socket.bytesWritten;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (socket.bytesWritten !== taken) {
      taken = socket.bytesWritten;
      since = now;
    }
    if (!output.unsent || now - since > SEND_TIME) socket.destroy();
  }, LINGER_TIME);
  return () => clearInterval(timer);
}
