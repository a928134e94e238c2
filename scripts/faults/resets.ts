import { connect, type Socket } from "node:net";

/** A connection that can be reset. */
async function open(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

function reset(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.resetAndDestroy();
  });
}

/**
 * Sends the first bytes of a request and resets the connection.
 *
 * @param delay Milliseconds before the reset, in which the server can read them; 0 for none: the server may
 * find the reset first.
 */
export async function resetRequest(port: number, text: string, delay: number): Promise<void> {
  const socket = await open(port);
  if (text !== "") await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  await reset(socket);
}

/**
 * Sends a request and resets the connection once some bytes of the response have arrived.
 *
 * @returns Bytes that had arrived.
 */
export async function resetResponse(port: number, request: string, bytes: number): Promise<number> {
  const socket = await open(port);
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let received = 0;
  socket.on("data", (chunk) => {
    received += chunk.length;
    if (received >= bytes) resolve();
  });
  socket.once("close", () => resolve());
  socket.write(request);
  if (bytes === 0) resolve();
  await enough;
  await reset(socket);
  return received;
}
