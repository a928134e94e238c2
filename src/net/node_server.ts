import type { NodeConn } from "./node_socket.ts";

// Declared here, so that nothing depends on the types of Node.

/** The used part of `net.Server` and `tls.Server`. */
export interface NodeServer {
  /** The handle, while it listens. */
  readonly _handle?: { listen?(backlog: number): number } | null;
  address(): { readonly address: string; readonly port: number } | string | null;
  listen(options: Record<string, unknown>, listening: () => void): void;
  close(): void;
  ref(): void;
  unref(): void;
  emit(event: "connection", conn: NodeConn): void;
  on(event: "connection" | "secureConnection", listener: (conn: NodeConn) => void): void;
  on(event: "tlsClientError", listener: (error: Error, conn: NodeConn) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  once(event: "error", listener: (error: Error) => void): void;
  off(event: "error", listener: (error: Error) => void): void;
}

/** `createServer` of `node:net` and `node:tls`. */
export type CreateServer = (options: Record<string, unknown>) => NodeServer;
