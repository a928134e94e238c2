import type { Address, Socket, SocketHandler } from "../net/socket.ts";
import type { ClientConnection } from "./host.ts";

const encoder = new TextEncoder();

/** Passes the bytes of a connection on to another connection, and back, each held back by the other. */
export class Relay implements SocketHandler {
  readonly #socket: Socket;
  readonly #upstream: ClientConnection;
  #upstreamEnded = false;

  /**
   * @param socket The accepted connection.
   * @param upstream The connection to the server.
   * @param tellsClient Whether the connection begins with a header of the PROXY protocol, which names the client.
   */
  constructor(socket: Socket, upstream: ClientConnection, tellsClient: boolean) {
    this.#socket = socket;
    this.#upstream = upstream;
    if (tellsClient) upstream.write(encoder.encode(proxyHeader(socket.remoteAddress)));
    upstream.on("data", (bytes) => {
      socket.write(bytes);
      if (!socket.flush()) upstream.pause();
    });
    upstream.on("drain", () => socket.resume());
    upstream.on("end", () => {
      this.#upstreamEnded = true;
      socket.end();
    });
    // The close event follows.
    upstream.on("error", () => {});
    upstream.on("close", () => {
      if (!this.#upstreamEnded) socket.destroy();
    });
  }

  onData(chunk: Uint8Array): void {
    if (!this.#upstream.write(chunk)) this.#socket.pause();
  }

  onEnd(): void {
    this.#upstream.end();
  }

  onDrain(): void {
    this.#upstream.resume();
  }

  onClose(): void {
    this.#upstream.destroy();
  }
}

/** A header of the PROXY protocol, version 1. The address of the server is not told, and written as the client's. */
function proxyHeader(client: Address): string {
  if ("path" in client) return "PROXY UNKNOWN\r\n";
  const { hostname, port } = client;
  const family = hostname.includes(":") ? "TCP6" : "TCP4";
  const host = hostname.replace(/%.*$/, "");
  return `PROXY ${family} ${host} ${host} ${port} ${port}\r\n`;
}
