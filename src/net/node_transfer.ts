import * as nodeNet from "node:net";
import { listenError } from "./errors.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";

interface TransferServer {
  address(): { readonly address: string; readonly port: number } | string | null;
  listen(options: Record<string, unknown>, listening: () => void): void;
  close(): void;
  on(event: "connection", listener: (conn: NodeConn) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

const createServer = nodeNet.createServer as unknown as (options: Record<string, unknown>) => TransferServer;

/** Accepts connections for other threads: nothing is read from them here. */
export interface TransferListener {
  /** What is listened on. */
  readonly address: Address;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens with `node:net` for connections that are to be passed to other threads. The port is theirs alone once
 * `give` has posted them.
 *
 * @param address What to bind.
 * @param give Gets each connection, paused; it can be in the transfer list of `postMessage`.
 * @param onError Is told when accepting fails.
 * @throws {ListenError} If the address cannot be bound.
 */
export function listenForTransfer(
  address: Address,
  give: (conn: unknown) => void,
  onError: (error: Error) => void,
): Promise<TransferListener> {
  const where = "path" in address ? { path: address.path } : { host: address.hostname, port: address.port };
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    let listening = false;
    server.on("error", (error) => listening ? onError(error) : reject(listenError(address, error)));
    server.on("connection", give);
    server.listen(where, () => {
      listening = true;
      const bound = server.address()!;
      resolve({
        address: typeof bound === "string" ? { path: bound } : { hostname: bound.address, port: bound.port },
        close: () => server.close(),
      });
    });
  });
}

/**
 * Takes a connection that another thread accepted.
 *
 * @param conn What came with the message.
 * @param accept Says who handles it.
 */
export function adopt(conn: unknown, accept: (socket: Socket) => SocketHandler): void {
  const socket = new NodeSocket(conn as NodeConn, false);
  socket.start(accept(socket));
  (conn as NodeConn).resume();
}
