import { type ConnectionClosedError, HttpError } from "../http/errors.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import type { InputBuffer } from "../h1/input_buffer.ts";
import { collectInTime } from "../net/collection.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import type { Content } from "../server/content_receiver.ts";
import { WAS_CUT } from "../server/end_reasons.ts";
import type { LocalOwner, ServedExchange } from "../server/served_exchange.ts";
import {
  ACKNOWLEDGE,
  type Channel,
  CLOSED,
  CONTINUE,
  CUT,
  DATA,
  DONE,
  END,
  FAIL,
  MAYBE_GONE,
  REQUEST,
  TAKEN,
  UPGRADED,
  WANT,
  WINDOW,
  WRITE,
} from "./channel.ts";
import { RelayedConnection } from "./relayed_connection.ts";
import { toRequestRecord } from "./request_record.ts";

/** The thread that an exchange was handed to. */
export interface DispatchTarget {
  /** The messages to it. */
  readonly channel: Channel;
  /** Takes an exchange in; its number. */
  add(exchange: DispatchedExchange): number;
  /** The exchange is over. */
  remove(id: number): void;
}

/** The content of a request whose handler runs on another thread: sent there as it comes, up to a window. */
class DispatchedContent implements Content {
  readonly #decoder: BodyDecoder;
  readonly #send: (piece: Uint8Array | null) => void;
  received = 0;
  begun = false;
  #outstanding = 0;
  #awaitedAt = -1;
  #failed = false;

  constructor(decoder: BodyDecoder, send: (piece: Uint8Array | null) => void) {
    this.#decoder = decoder;
    this.#send = send;
  }

  get done(): boolean {
    return this.#decoder.done;
  }

  get wantsMore(): boolean {
    return !this.#failed && this.#outstanding < WINDOW;
  }

  /** What the handler has said counts for as long as nothing has been sent that it did not know of then. */
  get awaited(): boolean {
    return this.#awaitedAt === this.received && !this.done && this.wantsMore;
  }

  get trailerSection(): Uint8Array | null {
    return this.#decoder.trailerSection;
  }

  receive(input: InputBuffer): void {
    if (this.#failed || this.#decoder.done) return;
    if (input.length > 0) this.begun = true;
    for (let piece = this.#decoder.decode(input); piece !== null; piece = this.#decoder.decode(input)) {
      this.received += piece.length;
      this.#outstanding += piece.length;
      this.#send(piece);
    }
    if (this.#decoder.done) this.#send(null);
  }

  /** The handler has taken so many bytes more, and waits for that one. */
  taken(bytes: number, awaitedAt: number): void {
    this.#outstanding -= bytes;
    this.#awaitedAt = awaitedAt;
  }

  fail(): void {
    this.#failed = true;
  }
}

/**
 * One request that is handled by another thread, as the thread sees it that has the connection. The other one writes
 * the response's bytes, head included; here they are only passed on.
 */
export class DispatchedExchange implements ServedExchange {
  readonly #owner: LocalOwner;
  readonly #head: RequestHead;
  readonly #choose: () => DispatchTarget | null;
  readonly content: DispatchedContent | null;
  #target: DispatchTarget | null = null;
  #id = 0;
  #started = false;
  #over = false;
  #unacknowledged = 0;
  #relayed: RelayedConnection | null = null;

  /**
   * @param owner The connection.
   * @param head The request.
   * @param decoder Decodes its content.
   * @param choose Says which thread is to handle it.
   */
  constructor(
    owner: LocalOwner,
    head: RequestHead,
    decoder: BodyDecoder | null,
    choose: () => DispatchTarget | null,
  ) {
    this.#owner = owner;
    this.#head = head;
    this.#choose = choose;
    this.content = decoder === null
      ? null
      : new DispatchedContent(decoder, (piece) => this.#sendContent(piece));
  }

  /** Hands the request to a thread. */
  run(): void {
    const target = this.#choose();
    if (target === null) {
      this.#owner.service.statistics.request();
      return this.#unavailable(503, "No thread is there to handle the request");
    }
    this.#target = target;
    this.#id = target.add(this);
    const { remoteAddress, mayPersist } = this.#owner;
    target.channel.send(REQUEST, this.#id, ...toRequestRecord(this.#head, mayPersist, remoteAddress));
  }

  /** Of an unknown length HTTP/1.0 has no other end, and of a known one it does no harm to say so. */
  get endsWithConnection(): boolean {
    return this.#started && this.#head.minorVersion === 0;
  }

  #sendContent(piece: Uint8Array | null): void {
    if (piece !== null) {
      // A buffer of its own to hand over: the one that was read into may hold the next request.
      this.#target?.channel.sendBytes(DATA, this.#id, new Uint8Array(piece));
    } else {
      const section = this.content?.trailerSection ?? null;
      const text = section === null ? null : decodeLatin1(section, 0, section.length);
      this.#target?.channel.send(END, this.#id, text);
    }
  }

  /** Content has been passed on already. */
  contentReceived(): void {
    // The thread that handles decides what becomes of it.
  }

  /** The content cannot be completed. */
  requestFailed(error: HttpError): void {
    this.content?.fail();
    this.#target?.channel.send(FAIL, this.#id, error.status, error.message);
  }

  /** The client may be gone. */
  clientMayBeGone(): void {
    this.#target?.channel.send(MAYBE_GONE, this.#id);
  }

  /** The connection is gone. */
  connectionClosed(error: ConnectionClosedError): void {
    this.#finish()?.channel.send(CLOSED, this.#id, error.message);
  }

  /** The thread that handles the request has died. */
  threadDied(): void {
    if (this.#finish() === null) return;
    if (this.#started) this.#owner.cut(true);
    else this.#unavailable(502, "The thread that handled the request has died");
  }

  /** Whoever is left answers, and closes. */
  #unavailable(status: number, reason: string): void {
    this.#over = true;
    this.#owner.output.write(
      this.#owner.service.refuse(new HttpError(status, reason), this.#head.method !== "HEAD"),
    );
    this.#owner.exchangeDone(false);
  }

  #finish(): DispatchTarget | null {
    if (this.#over) return null;
    this.#over = true;
    const target = this.#target;
    target?.remove(this.#id);
    return target;
  }

  /** A mistake in this library must cost no more than the connection that met it. */
  failed(error: unknown): void {
    this.#owner.service.report(error);
    this.#finish()?.channel.send(CLOSED, this.#id, WAS_CUT);
    this.#owner.cut(true);
  }

  /** A message of the thread's. */
  message(operation: number, operand: unknown, second: unknown): void {
    if (this.#over) return;
    if (operation === WRITE) return this.#write(operand as string | ArrayBuffer);
    if (this.#relayed !== null) return this.#relayed.message(operation, operand);
    if (operation === WANT) {
      this.content?.taken(operand as number, second as number);
      this.#owner.readContent();
    } else if (operation === CONTINUE) {
      this.#owner.sendContinue();
    } else if (operation === DONE) {
      this.#finish();
      this.#owner.exchangeDone(operand === true);
    } else if (operation === CUT) {
      this.#finish();
      this.#owner.cut(operand === true);
    } else if (operation === UPGRADED) {
      this.#owner.detachTo((socket, early, ended) => this.#relay(socket, early, ended));
    }
  }

  #relay(socket: Socket, early: Uint8Array, ended: boolean): SocketHandler {
    const finish = () => this.#finish() !== null;
    const exchange = { channel: this.#target!.channel, id: this.#id, finish };
    return this.#relayed = new RelayedConnection(socket, this.#owner, exchange, early, ended);
  }

  #write(data: string | ArrayBuffer): void {
    this.#started = true;
    const { output } = this.#owner;
    const bytes = typeof data === "string" ? data : new Uint8Array(data);
    collectInTime(bytes.length);
    output.write(bytes);
    this.#unacknowledged += bytes.length;
    if (this.#unacknowledged < ACKNOWLEDGE) return;
    const count = this.#unacknowledged;
    this.#unacknowledged = 0;
    if (output.hasRoom()) this.#target?.channel.send(TAKEN, this.#id, count);
    else output.ready().then(() => this.#target?.channel.send(TAKEN, this.#id, count), () => {});
  }
}
