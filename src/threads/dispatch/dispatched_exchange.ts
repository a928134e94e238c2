import type { TrailersOf } from "../../exchange/request_content.ts";
import type { RequestEvents } from "../../exchange/request_events.ts";
import type { ResponseTransport } from "../../exchange/transport.ts";
import type { UpgradedHandler, UpgradedSocket } from "../../exchange/upgraded_socket.ts";
import { type ConnectionClosedError, HttpError } from "../../http/errors.ts";
import { encodeFields, HeaderMap } from "../../http/header_map.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { collectInTime } from "../../net/collection.ts";
import { postError } from "../pool/posted_error.ts";
import type { Channel } from "./channel.ts";
import { fromFieldsRecord } from "./fields_record.ts";
import {
  ABORT,
  ACKNOWLEDGE,
  CLOSED,
  CONTENT,
  DATA,
  DATA_END,
  DONE,
  DROP,
  END,
  FAIL,
  HEAD,
  INTERIM,
  MAYBE_GONE,
  REFUSE,
  REQUEST,
  SCHEDULE,
  TAKEN,
  UPGRADE,
  WANT,
  WHOLE,
  WINDOW,
} from "./messages.ts";
import { RelayedConnection } from "./relayed_connection.ts";
import { toRequestRecord } from "./request_record.ts";

/** The thread that an exchange was handed to. */
export interface DispatchTarget {
  /** The messages to it. */
  readonly channel: Channel;
  /** Registers an exchange, and returns its number. */
  add(exchange: DispatchedExchange): number;
  /** Removes an exchange that is over. */
  remove(id: number): void;
}

/** The server that dispatches. */
export interface DispatchHost {
  /** The thread that is to handle the next request; `null` if there is none. */
  choose(): DispatchTarget | null;
  /** Counts a request that finds no thread. */
  countRequest(): void;
  /** Counts, and tells, a response that no handler made. */
  refused(error: HttpError, transport: ResponseTransport): void;
  /** Tells an error to the program. */
  report(error: unknown): void;
}

/**
 * One exchange whose handler is on another thread, as the thread sees it that has the connection: the
 * request's events are posted, and the messages of the response carried out on the transport.
 */
export class DispatchedExchange implements RequestEvents {
  readonly #host: DispatchHost;
  readonly #transport: ResponseTransport;
  readonly #head: RequestHead;
  #target: DispatchTarget | null = null;
  #id = 0;
  /** `true` if the final response has begun. */
  #started = false;
  #over = false;
  /** Bytes of content that were posted, and of those the bytes that the handler has not taken. */
  #posted = 0;
  #outstanding = 0;
  /** The byte of the content that the handler waits for; -1 if it waits for none. */
  #awaitedAt = -1;
  #ended = false;
  #failed = false;
  /** Bytes of the response that have not been acknowledged. */
  #unacknowledged = 0;
  #relayed: RelayedConnection | null = null;

  /**
   * @param host Chooses the thread.
   * @param transport Carries the exchange.
   * @param head The request.
   */
  constructor(host: DispatchHost, transport: ResponseTransport, head: RequestHead) {
    this.#host = host;
    this.#transport = transport;
    this.#head = head;
  }

  // The transport's side.

  get acceptsContent(): boolean {
    return !this.#failed && this.#outstanding < WINDOW;
  }

  /** The handler's wait counts for as long as nothing has been posted that it did not know of then. */
  get awaitsContent(): boolean {
    return this.#awaitedAt === this.#posted && !this.#ended && this.acceptsContent;
  }

  run(): void {
    const target = this.#host.choose();
    if (target === null) {
      this.#host.countRequest();
      return this.#refuse(new HttpError(503, "No thread is there to handle the request"));
    }
    this.#target = target;
    this.#id = target.add(this);
    target.channel.send(REQUEST, this.#id, ...toRequestRecord(this.#head, this.#transport));
  }

  contentArrived(piece: Uint8Array): void {
    this.#posted += piece.length;
    this.#outstanding += piece.length;
    this.#sendBytes(piece);
  }

  /** A copy in a buffer of its own is handed over: the one that was read into may hold the next request. */
  #sendBytes(piece: Uint8Array): void {
    const { channel } = this.#target!;
    channel.send(DATA, this.#id, channel.transfer(new Uint8Array(piece).buffer));
  }

  contentEnded(trailersOf: TrailersOf): void {
    this.#ended = true;
    const trailers = trailersOf();
    const text = encodeFields(trailers);
    this.#target?.channel.send(DATA_END, this.#id, text === "" ? null : text);
  }

  requestFailed(error: HttpError): void {
    this.#failed = true;
    this.#target?.channel.send(FAIL, this.#id, error.status, error.message);
  }

  clientMayBeGone(): void {
    this.#target?.channel.send(MAYBE_GONE, this.#id);
  }

  transportClosed(error: ConnectionClosedError): void {
    const { cause } = error;
    this.#finish()?.channel.send(
      CLOSED,
      this.#id,
      error.message,
      cause === undefined ? null : postError(cause),
    );
  }

  #finish(): DispatchTarget | null {
    if (this.#over) return null;
    this.#over = true;
    this.#target?.remove(this.#id);
    return this.#target;
  }

  // The other thread's side.

  /** The thread that handles the request has died. */
  threadDied(): void {
    if (this.#finish() === null) return;
    if (this.#relayed !== null) this.#relayed.destroy();
    else if (this.#started) this.#transport.abort();
    else this.#refuse(new HttpError(502, "The thread that handled the request has died"));
  }

  /** Answers in place of a thread. */
  #refuse(error: HttpError): void {
    this.#over = true;
    this.#transport.refuse(error);
    this.#host.refused(error, this.#transport);
    this.#transport.done(0);
  }

  /** A mistake in this library must cost no more than the exchange that met it. */
  failed(error: unknown): void {
    this.#host.report(error);
    this.#finish()?.channel.send(CLOSED, this.#id, "The connection was cut", null);
    if (this.#relayed !== null) this.#relayed.destroy();
    else this.#transport.abort();
  }

  /** Takes a message, whose operands begin at `at`. */
  message(operation: number, operands: readonly unknown[], at: number): void {
    if (this.#over) return;
    if (this.#relayed !== null) return this.#relayed.message(operation, operands[at]);
    const transport = this.#transport;
    const first = operands[at];
    if (operation === WHOLE) this.#whole(operands, at);
    else if (operation === DONE) this.#done(first as number);
    else if (operation === WANT) this.#want(first as number, operands[at + 1] as number);
    else if (operation === HEAD) this.#sendHead(operands, at);
    else if (operation === CONTENT) this.#content(first as string | ArrayBuffer);
    else if (operation === END) {
      transport.end(fromFieldsRecord(first as string | null, operands[at + 1] as number));
      transport.schedule();
    } else if (operation === INTERIM) {
      transport.interim(first as number, fieldsAt(operands, at + 1) ?? new HeaderMap());
    } else if (operation === REFUSE) {
      this.#started = true;
      transport.refuse(new HttpError(first as number, operands[at + 1] as string));
    } else if (operation === SCHEDULE) transport.schedule();
    else if (operation === DROP) transport.dropContent();
    else if (operation === ABORT) {
      this.#finish();
      transport.abort();
    } else if (operation === UPGRADE) {
      const relay = (socket: UpgradedSocket, early: Uint8Array, ended: boolean) => {
        return this.#relay(socket, early, ended);
      };
      transport.upgrade(fieldsAt(operands, at) ?? new HeaderMap(), relay);
    }
  }

  #whole(operands: readonly unknown[], at: number): void {
    this.#started = true;
    const body = operands[at + 5] as string | ArrayBuffer | null;
    const bytes = body instanceof ArrayBuffer ? new Uint8Array(body) : body;
    this.#transport.whole(
      operands[at] as number,
      operands[at + 1] as string | null,
      fieldsAt(operands, at + 2),
      operands[at + 4] as number,
      bytes,
    );
  }

  #sendHead(operands: readonly unknown[], at: number): void {
    this.#started = true;
    this.#transport.head(
      operands[at] as number,
      operands[at + 1] as string | null,
      fieldsAt(operands, at + 2),
      operands[at + 4] as number,
      operands[at + 5] as boolean,
    );
  }

  #content(data: string | ArrayBuffer): void {
    const bytes = typeof data === "string" ? data : new Uint8Array(data);
    collectInTime(bytes.length);
    this.#transport.content(bytes);
    this.#unacknowledged += bytes.length;
    if (this.#unacknowledged < ACKNOWLEDGE) return;
    const count = this.#unacknowledged;
    this.#unacknowledged = 0;
    this.#transport.ready().then(() => this.#target?.channel.send(TAKEN, this.#id, count), () => {});
  }

  #want(taken: number, awaitedAt: number): void {
    this.#outstanding -= taken;
    this.#awaitedAt = awaitedAt;
    this.#transport.wantContent();
  }

  #done(consumed: number): void {
    this.#finish();
    this.#transport.done(consumed);
  }

  #relay(socket: UpgradedSocket, early: Uint8Array, ended: boolean): UpgradedHandler {
    const finish = () => this.#finish() !== null;
    const exchange = { channel: this.#target!.channel, id: this.#id, finish };
    return this.#relayed = new RelayedConnection(socket, exchange, early, ended);
  }
}

/** The fields of which text and flags stand at `at`. */
function fieldsAt(operands: readonly unknown[], at: number): HeaderMap | null {
  return fromFieldsRecord(operands[at] as string | null, operands[at + 1] as number);
}
