import { ConnectionClosedError, HttpError } from "../http/errors.ts";
import { encodeLatin1 } from "../http/latin1.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { UpgradedConnection } from "../http/response.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import { InputBuffer } from "../h1/input_buffer.ts";
import { collectInTime } from "../net/collection.ts";
import type { SocketHandler } from "../net/socket.ts";
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
  DATA,
  DONE,
  END,
  FAIL,
  HANDLER_LEFT,
  MAYBE_GONE,
  TAKEN,
  UPGRADED,
  WANT,
} from "./channel.ts";
import { ChannelSocket, type SocketOwner } from "./channel_socket.ts";
import type { PostedRequest } from "./request_record.ts";

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
 * one thread; the socket beneath it posts messages.
 */
export class HandledExchange implements ExchangeOwner, SocketOwner {
  readonly service: Service;
  readonly output: Output;
  readonly #socket: ChannelSocket;
  readonly #mayPersist: boolean;
  readonly #channel: Channel;
  readonly #id: number;
  readonly #remove: (id: number) => void;
  readonly #decoder: RelayedDecoder | null;
  readonly #exchange: Exchange;
  readonly #input = new InputBuffer();
  #taken = 0;
  /** For which byte of the content the handler waits, as the thread that has the connection was told. */
  #awaitedAt = -1;
  #raw: SocketHandler | null = null;

  /**
   * @param service This thread's.
   * @param channel The messages to the thread that has the connection.
   * @param id The number of the exchange.
   * @param request What came with `REQUEST`.
   * @param remove Is told when the exchange is over.
   */
  constructor(
    service: Service,
    channel: Channel,
    id: number,
    { head, mayPersist, remoteAddress }: PostedRequest,
    remove: (id: number) => void,
  ) {
    this.service = service;
    this.#channel = channel;
    this.#id = id;
    this.#remove = remove;
    this.#mayPersist = mayPersist;
    this.#socket = new ChannelSocket(channel, id, remoteAddress, this);
    this.output = new Output(this.#socket, UNCOUNTED);
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
      return this.#socket.passedOn(bytes.length);
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

  #clientTook(bytes: number): void {
    if (this.#socket.acknowledged(bytes)) (this.#raw ?? this.output).onDrain();
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

  /** The client. */
  get remoteAddress(): RemoteAddress {
    return this.#socket.remoteAddress;
  }

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
    if (reset) this.#socket.reset();
    else this.#socket.destroy();
  }

  /** This side has given up the connection. */
  wasCut(): void {
    this.#remove(this.#id);
    queueMicrotask(() => this.close(new ConnectionClosedError(WAS_CUT)));
  }

  /** Hands the connection over. */
  detach(): UpgradedConnection {
    this.output.flush();
    this.#channel.send(UPGRADED, this.#id);
    const leave = () => this.#channel.send(HANDLER_LEFT, this.#id);
    const raw = new RawConnection(this.#socket, this.output, new Uint8Array(0), false, leave);
    this.#raw = raw;
    return raw.streams;
  }
}
