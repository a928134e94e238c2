import * as nodeNet from "node:net";
import { AcceptFailures } from "./accept_failures.ts";
import { emptyAcceptQueue } from "./accept_queue.ts";
import { watchDescriptors } from "./descriptor_watch.ts";
import { listenError } from "./errors.ts";
import { MAX_PARKED } from "./listener.ts";
import type { CreateServer } from "./node_server.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";

const createServer = nodeNet.createServer as unknown as CreateServer;

/** Accepts connections for other threads: nothing is read from them here. */
export interface TransferListener {
  /** Address that the listener is bound to. */
  readonly address: Address;
  /** Offers the connections that wait, in order. */
  resume(): void;
  /**
   * Offers the connections in the kernel's queue, closes the listening socket, and then the connections that
   * still wait.
   */
  close(): Promise<void>;
  /** Keeps the process while the listener is open. */
  ref(): void;
  /** Lets the process end although the listener is open. */
  unref(): void;
}

/**
 * Listens with `node:net` for connections that are to be passed to other threads.
 *
 * @param address Address to bind.
 * @param give Receives each connection, paused; it can be in the transfer list of `postMessage`. If it
 * returns `false`, that connection and later ones wait until `resume`. While 512 wait, a further one is
 * closed at once.
 * @param onError Receives an `AcceptError` as {@linkcode Listener.start} describes.
 * @throws {ListenError} If the address cannot be bound.
 */
export function listenForTransfer(
  address: Address,
  give: (conn: unknown) => boolean,
  onError: (error: Error) => void,
): Promise<TransferListener> {
  const where = "path" in address ? { path: address.path } : { host: address.hostname, port: address.port };
  const waiting: NodeConn[] = [];
  function resume(): void {
    while (waiting.length > 0 && give(waiting[0])) waiting.shift();
  }
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    let listening = false;
    let accepted = 0;
    const failures = new AcceptFailures(onError);
    server.on("error", (error) => {
      if (listening) failures.failed(error);
      else reject(listenError(address, error, false));
    });
    server.on("connection", (conn) => {
      accepted++;
      if (waiting.length >= MAX_PARKED) conn.destroy();
      else if (waiting.push(conn) === 1) resume();
    });
    server.listen(where, () => {
      listening = true;
      const stopProbes = watchDescriptors((error) => failures.failed(error));
      const bound = server.address()!;
      resolve({
        address: typeof bound === "string" ? { path: bound } : { hostname: bound.address, port: bound.port },
        resume,
        close: async () => {
          await emptyAcceptQueue(() => accepted, () => waiting.length === 0);
          server.close();
          stopProbes();
          failures.stop();
          for (const conn of waiting.splice(0)) conn.destroy();
        },
        ref: () => server.ref(),
        unref: () => server.unref(),
      });
    });
  });
}

/**
 * Takes a connection that another thread accepted.
 *
 * @param conn The connection, from the message.
 * @param accept Returns its handler.
 * @param onEnd Called when it has closed.
 */
export function adopt(conn: unknown, accept: (socket: Socket) => SocketHandler, onEnd: () => void): void {
  const socket = new NodeSocket(conn as NodeConn, false);
  (conn as NodeConn).on("close", onEnd);
  socket.start(accept(socket));
  (conn as NodeConn).resume();
}
