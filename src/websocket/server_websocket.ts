import { handled } from "../http/handled.ts";
import type { RemoteAddress } from "../http/request.ts";
import { INTERNAL_ERROR, isCloseCode, NO_STATUS } from "./close_code.ts";
import { MAX_REASON } from "./close_payload.ts";
import { Inbox, type SocketMessage } from "./inbox.ts";
import { ListenerList, type SocketListener } from "./listener_list.ts";
import type { MessageCodec } from "./message_codec.ts";
import { MAX_CONTROL_PAYLOAD } from "./opcode.ts";
import { SocketCloseEvent, SocketErrorEvent, SocketEvent, SocketMessageEvent } from "./socket_events.ts";
import type { TakeConnection, UpgradedSocket } from "../exchange/upgraded_socket.ts";
import {
  type ConnectionEvents,
  type ConnectionSettings,
  WebSocketConnection,
} from "./websocket_connection.ts";
import { WebSocketError } from "./websocket_error.ts";

/** The events of a {@linkcode ServerWebSocket}, as far as their members are of interest. */
export interface ServerWebSocketEventMap {
  /** The connection has been opened. */
  readonly open: Event;
  /** A message has come: text, or bytes in the form of {@linkcode ServerWebSocket.binaryType}. */
  // deno-lint-ignore no-explicit-any -- as lib.dom has it
  readonly message: MessageEvent<any>;
  /** The connection comes to an unwanted end; its `error` is a {@linkcode WebSocketError}. */
  readonly error: Event & { readonly error: WebSocketError; readonly message: string };
  /** The connection is closed. */
  readonly close: CloseEvent;
}

/** What `ServerWebSocket.send()` takes. */
export type SocketData = string | ArrayBufferLike | ArrayBufferView | Blob;

/** What a socket is made with; for the library's use. */
export interface SocketInit {
  readonly url: string;
  readonly protocol: string;
  readonly extensions: string;
  readonly remoteAddress: RemoteAddress;
  readonly settings: ConnectionSettings & { readonly onError: (error: unknown) => void };
  readonly codec: MessageCodec | null;
}

/** Makes what takes the connection of a socket; for the library's use. */
export let takeFor: (socket: ServerWebSocket) => TakeConnection;

/**
 * Sends a frame that has been encoded for several sockets; for the library's use. `skip` tells to leave it out, rather than
 * cut the connection, where more than `maxQueued` bytes wait.
 */
export let sendEncoded: (socket: ServerWebSocket, frame: Uint8Array, skip: boolean) => void;

/** Calls a function when a socket is closed; for the library's use. */
export let whenClosed: (socket: ServerWebSocket, tell: (socket: ServerWebSocket) => void) => void;

/** Receives what the connections of all sockets bring. */
let connectionEvents: ConnectionEvents<ServerWebSocket>;

/** Receives what a listener throws or rejects with. */
let fault: (socket: ServerWebSocket, error: unknown) => void;

/** Milliseconds after which messages that nobody listens for are dropped, so that the client's close frame is seen. */
const UNHEARD = 10_000;

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/** Bytes after whose sending `ready()` lets everything else on the thread have a turn. */
const BURST = 256 * 1024;

const RESOLVED: Promise<void> = Promise.resolve();
const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/**
 * The server's end of a WebSocket: the standard `WebSocket`, and beyond it {@linkcode ServerWebSocket.ready},
 * {@linkcode ServerWebSocket.ping}, {@linkcode ServerWebSocket.terminate}, {@linkcode ServerWebSocket.remoteAddress}, and
 * `for await`, which holds the client back while the program is busy.
 *
 * Messages that come before the program listens wait for its first listener or loop, and the client is held back when there
 * are many. If there is neither after 10 seconds, they are dropped.
 *
 * What a listener throws or rejects with goes to {@linkcode WebSocketOptions.onError}, and the client gets 1011.
 *
 * It differs from the standard where a server needs more or can know less: `close()` takes every status code that may be
 * sent, `error` events tell the error, and an event of the program's own that is dispatched here has no target.
 *
 * @example
 * ```ts
 * import type { ServerWebSocket } from "@handoff/server/websocket";
 *
 * async function echo(socket: ServerWebSocket): Promise<void> {
 *   for await (const message of socket) {
 *     socket.send(message);
 *     await socket.ready();
 *   }
 * }
 * ```
 */
export class ServerWebSocket implements EventTarget, AsyncIterable<SocketMessage> {
  /** The opening handshake is under way. */
  static readonly CONNECTING = 0;
  /** Messages can be sent. */
  static readonly OPEN = 1;
  /** The closing handshake is under way. */
  static readonly CLOSING = 2;
  /** The connection is closed. */
  static readonly CLOSED = 3;

  static {
    const { prototype } = ServerWebSocket;
    Object.setPrototypeOf(prototype, EventTarget.prototype);
    const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
    for (const [name, value] of Object.entries(states)) {
      Object.defineProperty(prototype, name, { value, enumerable: true });
    }
    takeFor = (socket) => (connection, early, ended) => socket.#take(connection, early, ended);
    sendEncoded = (socket, frame, skip) => socket.#connection?.sendEncoded(frame, skip);
    fault = (socket, error) => socket.#fault(error);
    connectionEvents = {
      onText: (socket, text) => socket.#onText(text),
      onBytes: (socket, bytes, owned) => socket.#onBytes(bytes, owned),
      onRoom: (socket) => socket.#onRoom(),
      onError: (socket, error) => {
        if (socket.#listeners.has("error")) socket.#emit(new SocketErrorEvent(socket, error));
      },
      onClosed: (socket, code, reason, clean) => socket.#onClosed(code, reason, clean),
      onTick: (socket, now) => socket.#onTick(now),
    };
    whenClosed = (socket, tell) => {
      if (socket.#closed) tell(socket);
      else (socket.#whenClosed ??= []).push(tell);
    };
  }

  /** The opening handshake is under way. */
  declare readonly CONNECTING: 0;
  /** Messages can be sent. */
  declare readonly OPEN: 1;
  /** The closing handshake is under way. */
  declare readonly CLOSING: 2;
  /** The connection is closed. */
  declare readonly CLOSED: 3;

  readonly #init: SocketInit;
  readonly #listeners = new ListenerList();
  #connection: WebSocketConnection<ServerWebSocket> | null = null;
  #inbox: Inbox | null = null;
  #iterating = false;
  /** Whether messages that nobody listens for are dropped. */
  #unheard = false;
  #opened = -1;
  #blob = true;
  #started = false;
  #closed = false;
  /** The close that was asked for while connecting. */
  #closeEarly: { readonly code: number; readonly reason: string } | null = null;
  #room: PromiseWithResolvers<void> | null = null;
  #burst = 0;
  #whenClosed: ((socket: ServerWebSocket) => void)[] | null = null;

  /**
   * Made by the library alone.
   *
   * @param init Results of the opening handshake.
   */
  constructor(init: SocketInit) {
    this.#init = init;
  }

  /** The name of the class that it stands for. */
  get [Symbol.toStringTag](): "WebSocket" {
    return "WebSocket";
  }

  /** The URL that the client has connected to, `ws:` or `wss:`. */
  get url(): string {
    return this.#init.url;
  }

  /** The subprotocol that was chosen; empty for none. */
  get protocol(): string {
    return this.#init.protocol;
  }

  /** The extensions in use, as in Sec-WebSocket-Extensions; empty for none. */
  get extensions(): string {
    return this.#init.extensions;
  }

  /** The client's IP address and port, or the path of a Unix socket. */
  get remoteAddress(): RemoteAddress {
    return this.#init.remoteAddress;
  }

  /** 0 while the handshake is under way, 1 while open, 2 while closing, 3 when closed. */
  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#closed) return 3;
    if (this.#connection === null) return 0;
    return this.#connection.state === "open" ? 1 : 2;
  }

  /** Number of bytes that were sent and that the operating system has not taken, with their frames' headers. */
  get bufferedAmount(): number {
    return this.#connection?.unsent ?? 0;
  }

  /**
   * The form of binary messages in `message` events: `Blob` or `ArrayBuffer`. A `Blob` costs many times as much. A
   * `for await` loop gets a `Uint8Array` whatever this is.
   *
   * @default {"blob"}
   */
  get binaryType(): BinaryType {
    return this.#blob ? "blob" : "arraybuffer";
  }
  set binaryType(type: BinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#blob = type === "blob";
  }

  /** Listener of `open` events. */
  get onopen(): ((this: this, event: ServerWebSocketEventMap["open"]) => unknown) | null {
    return this.#listeners.attribute("open");
  }
  set onopen(listener: ((this: this, event: ServerWebSocketEventMap["open"]) => unknown) | null) {
    this.#listeners.setAttribute("open", listener);
  }

  /** Listener of `message` events. */
  get onmessage(): ((this: this, event: ServerWebSocketEventMap["message"]) => unknown) | null {
    return this.#listeners.attribute("message");
  }
  set onmessage(listener: ((this: this, event: ServerWebSocketEventMap["message"]) => unknown) | null) {
    this.#listeners.setAttribute("message", listener);
    this.#listened();
  }

  /** Listener of `error` events. */
  get onerror(): ((this: this, event: ServerWebSocketEventMap["error"]) => unknown) | null {
    return this.#listeners.attribute("error");
  }
  set onerror(listener: ((this: this, event: ServerWebSocketEventMap["error"]) => unknown) | null) {
    this.#listeners.setAttribute("error", listener);
  }

  /** Listener of `close` events. */
  get onclose(): ((this: this, event: ServerWebSocketEventMap["close"]) => unknown) | null {
    return this.#listeners.attribute("close");
  }
  set onclose(listener: ((this: this, event: ServerWebSocketEventMap["close"]) => unknown) | null) {
    this.#listeners.setAttribute("close", listener);
  }

  /** Adds a listener, as every event target does. */
  addEventListener<K extends keyof ServerWebSocketEventMap>(
    type: K,
    listener: SocketListener<ServerWebSocketEventMap[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Adds a listener of any type of event. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: SocketListener<never>,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#listeners.add(type, listener, options);
    if (type === "message") this.#listened();
  }

  /** Removes a listener, as every event target does. */
  removeEventListener<K extends keyof ServerWebSocketEventMap>(
    type: K,
    listener: SocketListener<ServerWebSocketEventMap[K]>,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Removes a listener of any type of event. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: SocketListener<never>,
    options?: boolean | EventListenerOptions,
  ): void {
    this.#listeners.remove(type, listener, options);
  }

  /** Calls the listeners of an event of the program's own. */
  dispatchEvent(event: Event): boolean {
    this.#listeners.dispatch(event.type, event, this, neverStopped, fault);
    return !event.defaultPrevented;
  }

  /**
   * Sends a message. Once the socket is closing or closed, nothing happens.
   *
   * @param data Text, or bytes, which may be changed afterwards. A `Blob` is read first, and later messages wait for it.
   * @throws {DOMException} `InvalidStateError` while connecting.
   */
  send(data: SocketData): void {
    const connection = this.#connection;
    if (connection === null) {
      if (this.#closed || this.#closeEarly !== null) return;
      throw new DOMException("Cannot send: the WebSocket is connecting", "InvalidStateError");
    }
    if (typeof data === "string") return connection.send(data);
    if (ArrayBuffer.isView(data)) {
      return connection.send(
        data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
    }
    connection.send(data instanceof Blob ? data : isBuffer(data) ? new Uint8Array(data) : String(data));
  }

  /**
   * Waits until the client has taken what it was sent, so that a slow client holds the program back.
   *
   * @returns A promise that resolves when more may be sent, at once where the client keeps up. A rejection is never unhandled.
   * @throws {WebSocketError} If the socket is closed before.
   */
  ready(): Promise<void> {
    const connection = this.#connection;
    if (this.#closed) return handled(Promise.reject(closedError()));
    if (connection?.hasRoom === true) {
      this.#burst += connection.unsent;
      if (this.#burst < BURST) return RESOLVED;
      this.#burst = 0;
      return new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#room === null) {
      this.#room = Promise.withResolvers();
      handled(this.#room.promise);
    }
    return this.#room.promise;
  }

  /**
   * Sends a ping, RFC 6455 section 5.5.2. Silent clients are pinged without that: {@linkcode WebSocketOptions.pingInterval}.
   *
   * @param data Text or bytes that the client's pong repeats, at most 125 bytes.
   * @throws {RangeError} If they are more.
   */
  ping(data: string | Uint8Array = EMPTY): void {
    const payload = typeof data === "string" ? encoder.encode(data) : data;
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`Cannot ping: the data is above ${MAX_CONTROL_PAYLOAD} bytes`);
    }
    this.#connection?.ping(payload);
  }

  /**
   * Begins the closing handshake, after what has been sent. Nothing happens if the socket is closing or closed.
   *
   * @param code A status code that may be sent: 1000 to 1003, 1007 to 1014, or 3000 to 4999. None by default.
   * @param reason At most 123 bytes of UTF-8.
   * @throws {DOMException} `InvalidAccessError` if the code may not be sent, `SyntaxError` if the reason is too long.
   */
  close(code?: number, reason = ""): void {
    if (code !== undefined && !isCloseCode(code)) {
      throw new DOMException(`Cannot close: ${code} is not a status code to send`, "InvalidAccessError");
    }
    if (reason.length > MAX_REASON / 3 && encoder.encode(reason).length > MAX_REASON) {
      throw new DOMException(`Cannot close: the reason is above ${MAX_REASON} bytes`, "SyntaxError");
    }
    const status = code ?? (reason === "" ? NO_STATUS : 1000);
    if (this.#connection === null) this.#closeEarly ??= { code: status, reason };
    else this.#connection.close(status, reason);
  }

  /** Cuts the connection without a closing handshake. */
  terminate(): void {
    if (this.#connection === null) this.#closeEarly ??= { code: 1000, reason: "" };
    else this.#connection.terminate();
  }

  /**
   * Iterates over the messages, text as a string and bytes as a `Uint8Array` with an `ArrayBuffer` of its own. While the
   * program is busy, messages wait, and when 64 or 64 KiB of them do, the client is held back.
   *
   * The loop ends when the connection does. One that is left early keeps the messages that follow for the next loop.
   *
   * @returns An iterator.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SocketMessage, undefined> {
    this.#iterating = true;
    this.#unheard = false;
    const inbox = this.#inbox ??= this.#makeInbox();
    const iterator: AsyncIterableIterator<SocketMessage, undefined> = {
      next: () => inbox.next(),
      return: () => {
        this.#iterating = false;
        this.#listened();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #makeInbox(): Inbox {
    const inbox = new Inbox((held) => this.#connection?.hold(held));
    if (this.#closed) inbox.close();
    return inbox;
  }

  #take(upgraded: UpgradedSocket, early: Uint8Array, ended: boolean): WebSocketConnection<ServerWebSocket> {
    const { settings, codec } = this.#init;
    const connection = new WebSocketConnection(upgraded, connectionEvents, this, settings, codec);
    this.#connection = connection;
    // The program has yet to get the socket, and to listen.
    connection.hold(true);
    if (early.length > 0) connection.onData(early);
    if (ended) connection.onEnd();
    setImmediate(() => this.#start());
    return connection;
  }

  #start(): void {
    this.#started = true;
    if (this.#closed) return;
    if (this.#listeners.has("open")) this.#emit(new SocketEvent("open", this));
    if (this.#closeEarly !== null) this.#connection?.close(this.#closeEarly.code, this.#closeEarly.reason);
    this.#connection?.hold(false);
  }

  #onText(text: string): void {
    const listened = this.#listeners.has("message");
    if (listened) this.#emit(new SocketMessageEvent(this, text));
    if (this.#iterating || (!listened && !this.#unheard)) (this.#inbox ??= this.#makeInbox()).push(text);
  }

  #onBytes(bytes: Uint8Array, owned: boolean): void {
    const kept = this.#iterating || !this.#unheard || this.#listeners.has("message");
    if (kept) this.#deliverBytes((owned ? bytes : new Uint8Array(bytes)) as Uint8Array<ArrayBuffer>);
  }

  #onRoom(): void {
    const room = this.#room;
    if (room === null || this.#connection?.hasRoom !== true) return;
    this.#room = null;
    room.resolve();
  }

  #onTick(now: number): void {
    if (this.#opened < 0) this.#opened = now;
    if (this.#iterating || this.#unheard || now - this.#opened < UNHEARD) return;
    if (this.#inbox === null || this.#listeners.has("message")) return;
    this.#unheard = true;
    this.#inbox.clear();
  }

  #deliverBytes(bytes: Uint8Array<ArrayBuffer>): void {
    const listened = this.#listeners.has("message");
    if (this.#iterating || !listened) {
      // Listener and loop each get bytes of their own.
      (this.#inbox ??= this.#makeInbox()).push(listened ? bytes.slice() : bytes);
    }
    if (!listened) return;
    this.#emit(new SocketMessageEvent(this, this.#blob ? new Blob([bytes]) : bytes.buffer));
  }

  /** Gives a listener that comes late the messages that have waited for it. */
  #listened(): void {
    const inbox = this.#inbox;
    this.#unheard = false;
    if (inbox === null || this.#iterating || inbox.empty || !this.#listeners.has("message")) return;
    queueMicrotask(() => {
      if (this.#iterating || !this.#listeners.has("message")) return;
      for (let message = inbox.take(); message !== undefined; message = inbox.take()) {
        const data = typeof message === "string"
          ? message
          : this.#blob
          ? new Blob([message])
          : message.buffer;
        this.#emit(new SocketMessageEvent(this, data));
      }
    });
  }

  #onClosed(code: number, reason: string, clean: boolean): void {
    this.#closed = true;
    this.#inbox?.close();
    this.#room?.reject(closedError());
    this.#room = null;
    for (const tell of this.#whenClosed?.splice(0) ?? []) tell(this);
    if (!this.#started && this.#listeners.has("open")) this.#emit(new SocketEvent("open", this));
    if (this.#listeners.has("close")) this.#emit(new SocketCloseEvent(this, code, reason, clean));
  }

  #emit(event: SocketEvent): void {
    this.#listeners.dispatch(event.type, event, this, isStopped, fault);
    event.dispatching = false;
  }

  /** A listener has thrown or rejected. */
  #fault(error: unknown): void {
    try {
      this.#init.settings.onError(error);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
    this.#connection?.close(INTERNAL_ERROR, "");
  }
}

function isStopped(event: object): boolean {
  return (event as SocketEvent).stopped;
}

function neverStopped(): boolean {
  return false;
}

function isBuffer(data: unknown): data is ArrayBufferLike {
  return data instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer !== "undefined" && data instanceof SharedArrayBuffer);
}

function closedError(): WebSocketError {
  return new WebSocketError("Cannot wait for room: the WebSocket is closed");
}
