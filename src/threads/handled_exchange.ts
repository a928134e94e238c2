import { ConnectionClosedError, HttpError } from "../http/errors.ts";
import { encodeLatin1 } from "../http/latin1.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { UpgradedConnection } from "../http/response.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import { InputBuffer } from "../h1/input_buffer.ts";
import { collectInTime } from "../net/collection.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import { WAS_CUT } from "../server/end_reasons.ts";
import { Exchange } from "../server/exchange.ts";
import { Output } from "../server/output.ts";
import { RawConnection } from "../server/raw_connection.ts";
import type { ExchangeOwner } from "../server/served_exchange.ts";
import type { Service } from "../server/service.ts";
import { Statistics } from "../server/statistics.ts";
import {
  ACKNOWLEDGE,
  type Channel,
  CLIENT_ENDED,
  CLOSED,
  CONTINUE,
  CUT,
  DATA,
  DONE,
  END,
  FAIL,
  HANDLER_ENDED,
  HANDLER_LEFT,
  MAYBE_GONE,
  TAKEN,
  UPGRADED,
  WANT,
  WINDOW,
  WRITE,
} from "./channel.ts";
import { fromRecord } from "./relayed_head.ts";

/** Content that another thread has decoded: it comes in pieces, and an end. */
class RelayedDecoder implements BodyDecoder {
  left: number;
  done = false;
  ending = false;
  trailerSection: Uint8Array | null = null;

  constructor(contentLength: number) {
    this.left = Math.max(0, contentLength);
  }

  decode(input: InputBuffer): Uint8Array | null {
    if (input.length > 0) {
      const piece = input.take(input.length);
      this.left = Math.max(0, this.left - piece.length);
      return piece;
    }
    if (this.ending) this.done = true;
    return null;
  }
}

/** The thread that has the connections counts their bytes. */
const UNCOUNTED = new Statistics();

/**
 * One request whose connection another thread has, as the thread sees it that handles it. The exchange is the same as on
 * one thread; the socket beneath it is this object, which sends messages.
 */
export class HandledExchange implements ExchangeOwner, Socket {
  readonly service: Service;
  readonly output: Output;
  readonly remoteAddress: RemoteAddress;
  readonly #mayPersist: boolean;
  readonly #channel: Channel;
  readonly #id: number;
  readonly #remove: (id: number) => void;
  readonly #decoder: RelayedDecoder | null;
  readonly #exchange: Exchange;
  readonly #input = new InputBuffer();
  #queue: (string | Uint8Array<ArrayBuffer>)[] = [];
  #unacknowledged = 0;
  #heldBack = false;
  #taken = 0;
  /** For which byte of the content the handler waits, as the thread that has the connection was told. */
  #awaitedAt = -1;
  #raw: SocketHandler | null = null;
  #rawPaused = false;

  /**
   * @param service This thread's.
   * @param channel The messages to the thread that has the connection.
   * @param id The number of the exchange.
   * @param record What came with `REQUEST`, found at `at`.
   * @param at Where in `record` it begins.
   * @param remove Is told when the exchange is over.
   */
  constructor(
    service: Service,
    channel: Channel,
    id: number,
    record: readonly unknown[],
    at: number,
    remove: (id: number) => void,
  ) {
    this.service = service;
    this.#channel = channel;
    this.#id = id;
    this.#remove = remove;
    const head = fromRecord(record, at);
    this.#mayPersist = record[at + 7] as boolean;
    this.remoteAddress = remoteAddressOf(record, at + 8);
    this.output = new Output(this, UNCOUNTED);
    this.#decoder = head.hasBody() ? new RelayedDecoder(head.contentLength) : null;
    this.#exchange = new Exchange(this, head, this.#decoder);
  }

  /** Calls the handler. */
  run(): void {
    this.output.cork();
    this.#exchange.run();
    this.output.uncork(true);
  }

  /** A message of the thread's that has the connection. */
  message(operation: number, operand: unknown, second: unknown): void {
    if (operation === DATA) this.#data(new Uint8Array(operand as ArrayBuffer));
    else if (operation === END) this.#end(operand as string | null);
    else if (operation === TAKEN) this.#clientTook(operand as number);
    else if (operation === FAIL) {
      this.#exchange.requestFailed(new HttpError(operand as number, second as string));
    } else if (operation === MAYBE_GONE) this.#exchange.clientMayBeGone();
    else if (operation === CLIENT_ENDED) this.#raw?.onEnd();
    else if (operation === CLOSED) this.close(new ConnectionClosedError(operand as string));
  }

  /** The connection is gone. */
  close(error: ConnectionClosedError): void {
    this.#remove(this.#id);
    if (this.#raw !== null) return this.#raw.onClose(error);
    this.output.close(error);
    this.#exchange.connectionClosed(error);
  }

  #data(bytes: Uint8Array): void {
    collectInTime(bytes.length);
    if (this.#raw !== null) {
      this.#raw.onData(bytes);
      if (this.#rawPaused) this.#taken += bytes.length;
      else this.#channel.send(WANT, this.#id, bytes.length, -1);
      return;
    }
    this.#taken += bytes.length;
    this.#input.push(bytes);
    this.#receive();
  }

  #end(trailers: string | null): void {
    if (this.#decoder === null) return;
    this.#decoder.ending = true;
    if (trailers !== null) this.#decoder.trailerSection = encodeLatin1(trailers);
    this.#receive();
  }

  #receive(): void {
    this.output.cork();
    this.#exchange.content?.receive(this.#input);
    this.#exchange.contentReceived();
    this.output.uncork(true);
    this.#acknowledge();
  }

  /**
   * Lets more content come, once enough has been taken to be worth a message; and tells each time that the handler waits,
   * because from then on the client has to send in time.
   */
  #acknowledge(): void {
    const content = this.#exchange.content;
    if (content === null || content.done || !content.wantsMore) return;
    const awaitedAt = content.awaited ? content.received : -1;
    const begins = awaitedAt !== -1 && awaitedAt !== this.#awaitedAt;
    if (!begins && this.#taken < ACKNOWLEDGE) return;
    this.#awaitedAt = awaitedAt;
    this.#channel.send(WANT, this.#id, this.#taken, awaitedAt);
    this.#taken = 0;
  }

  // What the exchange asks for.

  /** Whether the connection may serve another request. */
  get mayPersist(): boolean {
    return this.#mayPersist && !this.service.draining;
  }

  /** The handler asks for the content: only the thread that has the connection knows whether the client has begun to send. */
  sendContinue(): void {
    this.output.flush();
    this.#channel.send(CONTINUE, this.#id);
  }

  /** Content may be read. */
  readContent(): void {
    this.#acknowledge();
  }

  /** The exchange is over. */
  exchangeDone(keepAlive: boolean): void {
    this.output.flush();
    this.#remove(this.#id);
    this.#channel.send(DONE, this.#id, keepAlive);
  }

  /** Gives up the connection. */
  cut(reset: boolean): void {
    this.output.flush();
    if (reset) this.reset();
    else this.destroy();
  }

  /** Hands the connection over. */
  detach(): UpgradedConnection {
    this.output.flush();
    this.#channel.send(UPGRADED, this.#id);
    // What the connection may bring from now on is counted from nothing.
    this.#taken = 0;
    const leave = () => this.#channel.send(HANDLER_LEFT, this.#id);
    const raw = new RawConnection(this, this.output, new Uint8Array(0), false, leave);
    this.#raw = raw;
    return raw.streams;
  }

  // What the output and an upgraded connection use as their socket.

  /** How much the thread that has the connection has not acknowledged: it does so for much at once. */
  get unsent(): number {
    return this.#queue.reduce((sum, data) => sum + data.length, this.#unacknowledged);
  }

  /** Queues part of the response. */
  write(data: string | Uint8Array): void {
    this.#queue.push(typeof data === "string" ? data : new Uint8Array(data));
  }

  /** Sends what is queued to the thread that has the connection. */
  flush(): boolean {
    for (const data of this.#queue) {
      this.#unacknowledged += data.length;
      collectInTime(data.length);
      if (typeof data === "string") this.#channel.send(WRITE, this.#id, data);
      else this.#channel.sendBytes(WRITE, this.#id, data);
    }
    this.#queue = [];
    this.#heldBack = this.#unacknowledged >= WINDOW;
    return !this.#heldBack;
  }

  #clientTook(bytes: number): void {
    this.#unacknowledged -= bytes;
    if (!this.#heldBack || this.#unacknowledged >= WINDOW) return;
    this.#heldBack = false;
    if (this.#raw !== null) this.#raw.onDrain();
    else this.output.onDrain();
  }

  /** Stops the upgraded connection's bytes. */
  pause(): void {
    this.#rawPaused = true;
  }

  /** Takes them up again. */
  resume(): void {
    this.#rawPaused = false;
    if (this.#taken === 0) return;
    this.#channel.send(WANT, this.#id, this.#taken, -1);
    this.#taken = 0;
  }

  /** Closes this half of the upgraded connection. */
  end(): void {
    this.flush();
    this.#channel.send(HANDLER_ENDED, this.#id);
  }

  /** Gives up the connection. */
  destroy(): void {
    this.#cut(false);
  }

  /** Gives up the connection, so that it does not look like an orderly end. */
  reset(): void {
    this.#cut(true);
  }

  #cut(reset: boolean): void {
    this.#remove(this.#id);
    this.#channel.send(CUT, this.#id, reset);
    queueMicrotask(() => this.close(new ConnectionClosedError(WAS_CUT)));
  }
}

/** The client's address, posted as hostname and port, or as path and -1. */
export function remoteAddressOf(record: readonly unknown[], at: number): RemoteAddress {
  const host = record[at] as string;
  const port = record[at + 1] as number;
  return port === -1 ? { path: host } : { hostname: host, port };
}
