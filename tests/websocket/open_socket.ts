import { prepareWebSocket } from "../../src/websocket/prepare_websocket.ts";
import type { ServerWebSocket } from "../../src/websocket/server_websocket.ts";
import type { UpgradedHandler } from "../../src/exchange/upgraded_socket.ts";
import { resolveWebSocketOptions, type WebSocketOptions } from "../../src/websocket/websocket_options.ts";
import { FakeUpgradedSocket } from "./fake_upgraded_socket.ts";

/** A socket over a connection in memory. */
export interface OpenSocket {
  readonly socket: ServerWebSocket;
  readonly wire: FakeUpgradedSocket;
  readonly handler: UpgradedHandler;
  /** The events so far: `open`, `text "a"`, `binary [1 2]`, `error 1002`, `close 1000 "why" clean`. */
  readonly log: string[];
  /** Gives bytes to the server, whole or in pieces of a size, and tells the events and frames that follow at once. */
  receive(bytes: Uint8Array, size?: number): void;
  /** Ends the connection, as the operating system tells it. */
  lose(error?: Error): void;
}

/** How a socket is opened in a test. */
export interface OpenInit {
  readonly options?: WebSocketOptions;
  /** Sec-WebSocket-Extensions. */
  readonly extensions?: string;
  readonly early?: Uint8Array;
  readonly ended?: boolean;
  /** Whether no listeners are to be set. */
  readonly silent?: boolean;
  /** Called with the socket before it is opened. */
  readonly prepare?: (socket: ServerWebSocket) => void;
}

/** Waits for a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits until something holds, for 5 seconds at most. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Nothing came of it in 5 seconds: ${what}`);
    await turn();
  }
}

/** A request for a WebSocket. */
export function requestHead(fields: Record<string, string> = {}): Parameters<typeof prepareWebSocket>[0] {
  const headers = new Headers({
    host: "example.test",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    ...fields,
  });
  const remoteAddress = { hostname: "192.0.2.1", port: 1234 };
  return { method: "GET", version: "1.1", headers, url: "ws://example.test/chat", remoteAddress };
}

/** Opens a socket over a connection in memory, without the events being waited for. */
export function connectSocket(init: OpenInit = {}): OpenSocket {
  const settings = resolveWebSocketOptions(init.options ?? {});
  const fields = init.extensions === undefined ? {} : { "sec-websocket-extensions": init.extensions };
  const head = requestHead(fields as Record<string, string>);
  const prepared = prepareWebSocket(head, head, settings);
  if ("status" in prepared) throw new Error(`The handshake was refused: ${prepared.reason}`);
  const { socket } = prepared;
  const log: string[] = [];
  if (init.silent !== true) listen(socket, log);
  init.prepare?.(socket);
  const wire = new FakeUpgradedSocket();
  const handler = prepared.take(wire, init.early ?? new Uint8Array(0), init.ended ?? false);
  let lost = false;
  const receive = (bytes: Uint8Array, size = bytes.length) => {
    for (let at = 0; at < bytes.length; at += size) {
      // The library removes masks in place.
      handler.onData(bytes.slice(at, at + size));
    }
  };
  const lose = (error?: Error) => {
    if (lost) throw new Error("The connection has been lost before");
    lost = true;
    handler.onClose(error);
  };
  return { socket, wire, handler, log, receive, lose };
}

/** {@linkcode connectSocket}, and waits until the socket reads. */
export async function openSocket(init: OpenInit = {}): Promise<OpenSocket> {
  const open = connectSocket(init);
  await turn();
  await turn();
  return open;
}

/** Notes the events of a socket. */
export function listen(socket: ServerWebSocket, log: string[]): void {
  socket.binaryType = "arraybuffer";
  socket.onopen = () => void log.push("open");
  socket.onmessage = ({ data }) => {
    log.push(
      typeof data === "string"
        ? `text ${JSON.stringify(data)}`
        : `binary [${new Uint8Array(data).join(" ")}]`,
    );
  };
  socket.onerror = ({ error }) => void log.push(`error ${error.code}`);
  socket.onclose = ({ code, reason, wasClean }) => {
    log.push(`close ${code} ${JSON.stringify(reason)}${wasClean ? " clean" : ""}`);
  };
}
