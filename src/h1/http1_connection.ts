import { fillsItsBuffer } from "../exchange/content_queue.ts";
import type { ConnectionOutput, Protocol, ProtocolConnection } from "../exchange/protocol.ts";
import { UNREAD_LIMIT } from "../exchange/request_content.ts";
import type { RequestEvents } from "../exchange/request_events.ts";
import { receivedTrailers } from "../exchange/trailers.ts";
import type { TakeConnection } from "../exchange/upgraded_socket.ts";
import { type ConnectionClosedError, HttpError } from "../http/errors.ts";
import { HeaderMap, headerMapFromBytes } from "../http/header_map.ts";
import type { BodyDecoder } from "./body_decoder.ts";
import {
  CLOSED_EVENT,
  CLOSING,
  DONE_EVENT,
  DROPPED_EVENT,
  DROPPING,
  EXCHANGE,
  HEAD_EVENT,
  LAST_EVENT,
  nextState,
  READING,
  UNREAD_EVENT,
  UPGRADE_EVENT,
} from "./connection_state.ts";
import { Deadlines } from "./deadlines.ts";
import type { Http1 } from "./http1.ts";
import { Http1Transport, type RequestSide } from "./http1_transport.ts";
import { InputBuffer } from "./input_buffer.ts";
import type { ReceivedHead } from "./received_head.ts";
import { bodyDecoder } from "./request_body.ts";
import type { RequestHeadParser } from "./request_head_parser.ts";
import { refusal } from "./response_head.ts";

/** Bytes of later requests that are kept while an earlier one is answered, before the client is held back. */
const MAX_WAITING = 65536;

/**
 * Drives the bytes of one connection of HTTP/1.1: received bytes go through the parser into exchanges, one
 * after the other.
 *
 * The way of a byte: {@linkcode Http1Connection.receive} -> the input buffer -> the head parser -> an
 * exchange, which calls the handler -> the transport -> the connection's output.
 */
export class Http1Connection implements Protocol, RequestSide {
  readonly #http1: Http1;
  readonly #connection: ProtocolConnection;
  readonly #output: ConnectionOutput;
  readonly #transport: Http1Transport;
  readonly #input = new InputBuffer();
  readonly #deadlines: Deadlines;
  #state = READING;
  /** In the midst of a head only: an idle connection, as most are, has no use for a parser. */
  #parser: RequestHeadParser | null = null;
  #exchange: RequestEvents | null = null;
  /** Takes the content of the request out of the input; `null` where there is none. */
  #decoder: BodyDecoder | null = null;
  /** Bytes of content that have arrived. */
  #received = 0;
  /** Bytes of content that the handler has read, once the exchange is over. */
  #consumed = 0;
  /** `true` if any content has arrived, be it only framing. */
  #contentBegun = false;
  #requests = 0;
  #advancing = false;
  #ended = false;
  /**
   * `true` if a handler may have led to what happens now, so that the asynchronous context may be that
   * handler's.
   */
  #inForeignContext = false;

  /**
   * @param http1 Shared by the connections of this thread.
   * @param connection The connection whose bytes are driven.
   */
  constructor(http1: Http1, connection: ProtocolConnection) {
    this.#http1 = http1;
    this.#connection = connection;
    this.#output = connection.output;
    this.#transport = new Http1Transport(http1, connection, this);
    const { timeouts, limits } = http1.settings;
    this.#deadlines = new Deadlines(timeouts, limits.minRequestBodyRate, connection.clock.now);
  }

  // The connection's side.

  get busy(): boolean {
    return this.#exchange !== null;
  }

  get endsWithConnection(): boolean {
    return this.#transport.endsWithConnection;
  }

  receive(chunk: Uint8Array): void {
    this.#input.push(chunk);
    this.#deadlines.received(this.#connection.clock.now);
    this.#advance(!this.#connection.ownContext.isKept);
  }

  inputEnded(): void {
    this.#ended = true;
    this.#deadlines.ended(this.#connection.clock.now);
    this.#advance(true);
  }

  drained(): void {
    this.#deadlines.drained(this.#connection.clock.now);
    this.#advance(true);
  }

  closeIfIdle(): void {
    if (this.#state === READING && !this.#isInHead()) this.#connection.closeSoon();
  }

  closed(error: ConnectionClosedError): void {
    this.#state = nextState(this.#state, CLOSED_EVENT);
    this.#input.clear();
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.transportClosed(error);
  }

  checkDeadlines(now: number): void {
    if (this.#state === READING) return this.#checkHead(now);
    const exchange = this.#exchange;
    const awaited = this.#state === DROPPING || (exchange !== null && exchange.awaitsContent);
    const expiry = this.#deadlines.checkExchange(now, awaited, this.#received);
    if (expiry === "maybe gone") exchange?.clientMayBeGone();
    else if (expiry === "content") this.#failRequest(new HttpError(408, "The content took too long"));
  }

  #checkHead(now: number): void {
    // A client that has to take its answer first may have sent its next request long ago, unread.
    if (this.#output.blocked) return;
    const expiry = this.#deadlines.checkHead(now);
    if (expiry === "head") this.#refuse(new HttpError(408, "The request head took too long"));
    // A browser that opens connections in advance would take a 408 for the answer to its next request.
    else if (expiry !== null) this.#connection.closeSoon();
  }

  // The way of the bytes.

  /**
   * Goes on as far as the received bytes, the handler and the client's reading allow.
   *
   * @param inForeignContext Whether a handler may have led to this call.
   */
  #advance(inForeignContext: boolean): void {
    if (this.#advancing || this.#state >= CLOSING) return;
    this.#advancing = true;
    this.#inForeignContext = inForeignContext;
    this.#output.cork();
    while (this.#step());
    this.#advancing = false;
    this.#output.uncork(this.#exchange === null);
    this.#rest();
  }

  /** Does the next thing; returns whether there may be another. */
  #step(): boolean {
    try {
      if (this.#state === READING) return this.#receiveHead();
      if (this.#state === EXCHANGE) return this.#receiveContent(this.#exchange!);
      return this.#state === DROPPING && this.#dropContent();
    } catch (error) {
      if (!(error instanceof HttpError)) this.#fail(error);
      else if (this.#state === READING) this.#refuse(error);
      else this.#failRequest(error);
      return false;
    }
  }

  /** `true` if part of a head has been read. */
  #isInHead(): boolean {
    return this.#parser !== null && this.#parser.begun;
  }

  /**
   * Reads on in a head, and begins an exchange where it is complete; returns whether there may be another.
   */
  #receiveHead(): boolean {
    if (this.#input.length === 0 || !this.#output.hasRoom()) return false;
    const parser = this.#parser ??= this.#http1.takeParser();
    const head = parser.parse(this.#input);
    if (head !== null) this.#begin(head);
    if (parser.atRest) {
      this.#parser = null;
      this.#http1.giveParser(parser);
    }
    return head !== null;
  }

  /**
   * Begins an exchange. Content that came with the head is decoded only after the handler was called, so that
   * a handler that does not read gives the same answer however the bytes were split.
   */
  #begin(head: ReceivedHead): void {
    this.#decoder = bodyDecoder(head, this.#http1.settings.limits);
    this.#requests++;
    this.#received = 0;
    this.#contentBegun = false;
    this.#transport.begin(head);
    this.#state = nextState(this.#state, HEAD_EVENT);
    this.#deadlines.headReceived(this.#connection.clock.now);
    const exchange = this.#exchange = this.#http1.begin(this.#transport, head);
    if (this.#inForeignContext) return this.#connection.ownContext.run(runExchange, exchange);
    this.#inForeignContext = true;
    exchange.run();
  }

  #receiveContent(exchange: RequestEvents): boolean {
    const decoder = this.#decoder;
    const input = this.#input;
    if (decoder === null || decoder.done || this.#transport.requestFailed) return false;
    if (input.length === 0 || !exchange.acceptsContent) return false;
    this.#contentBegun = true;
    // Otherwise the buffer holds the head of this request, or of the next, or bytes of another connection.
    const { bytes } = input;
    const alone = input.start === 0 && bytes.byteOffset === 0 && fillsItsBuffer(bytes);
    for (let piece = decoder.decode(input); piece !== null; piece = decoder.decode(input)) {
      this.#received += piece.length;
      exchange.contentArrived(piece, alone && input.length === 0 && fillsItsBuffer(piece));
      if (this.#exchange !== exchange) return true;
    }
    if (!decoder.done) return false;
    exchange.contentEnded(() => trailersOf(decoder));
    return this.#exchange !== exchange;
  }

  /** Drops content that nobody reads, to get to the next request. */
  #dropContent(): boolean {
    const decoder = this.#decoder!;
    for (let piece = decoder.decode(this.#input); piece !== null; piece = decoder.decode(this.#input)) {
      this.#received += piece.length;
    }
    if (this.#leavesTooMuch(decoder)) {
      this.#serveNoMore();
      return false;
    }
    if (!decoder.done) return false;
    this.#state = nextState(this.#state, DROPPED_EVENT);
    return true;
  }

  /** The content of the request cannot be completed. */
  #failRequest(error: HttpError): void {
    this.#transport.requestFailed = true;
    if (this.#state === DROPPING) this.#serveNoMore();
    else this.#exchange?.requestFailed(error);
    if (!this.#advancing) this.#rest();
  }

  /** A mistake in this library must cost no more than the connection that met it. */
  #fail(error: unknown): void {
    this.#connection.report(error);
    this.#connection.fail();
  }

  /** Nothing can be done right now: waits for the client, or for its end. */
  #rest(): void {
    if (this.#state > CLOSING) return;
    const exchange = this.#exchange;
    if (this.#state === CLOSING) {
      if (exchange === null) this.#connection.closeSoon();
      return;
    }
    if (this.#ended) return this.#restAtEnd(exchange);
    if (this.#state === READING) this.#deadlines.awaitHead(this.#connection.clock.now, this.#isInHead());
    this.#connection.pauseReading(this.#holdsBack(exchange));
  }

  /** `true` if the client is to be held back. */
  #holdsBack(exchange: RequestEvents | null): boolean {
    const decoder = this.#decoder;
    if (exchange === null) return this.#output.blocked && this.#input.length >= MAX_WAITING;
    if (decoder === null || decoder.done) return this.#input.length >= MAX_WAITING;
    return this.#transport.requestFailed || !exchange.acceptsContent;
  }

  /** The client has closed its half: what it has asked for is still answered. */
  #restAtEnd(exchange: RequestEvents | null): void {
    if (this.#state === DROPPING) this.#serveNoMore();
    if (exchange === null) {
      if (this.#output.blocked && this.#input.length > 0) return;
      if (this.#isInHead()) this.#refuse(new HttpError(400, "The request ended early"));
      else this.#connection.closeSoon();
      return;
    }
    const isIncomplete = this.#decoder !== null && !this.#decoder.done && !this.#transport.requestFailed;
    if (isIncomplete && exchange.acceptsContent) {
      this.#failRequest(new HttpError(400, "The content ended early"));
    }
  }

  #serveNoMore(): void {
    if (this.#state < CLOSING) this.#state = nextState(this.#state, LAST_EVENT);
  }

  /** Answers what is not a request, and never reads another. */
  #refuse(error: HttpError): void {
    const isHead = this.#parser !== null && this.#parser.isHead;
    this.#connection.refused(error);
    this.#output.add(refusal(error.status, error.message, this.#connection.clock.date, !isHead));
    this.#serveNoMore();
    if (!this.#advancing) this.#connection.closeSoon();
  }

  // The transport's side.

  get contentIsMissing(): boolean {
    return !this.#contentBegun && this.#input.length === 0;
  }

  get isLast(): boolean {
    return this.#connection.draining ||
      this.#requests >= this.#http1.settings.limits.maxRequestsPerConnection;
  }

  get requestNumber(): number {
    return this.#requests;
  }

  readContent(): void {
    if (!this.#advancing) this.#advance(true);
  }

  exchangeDone(consumed: number): void {
    this.#exchange = null;
    const decoder = this.#decoder;
    const isUnread = decoder !== null && !decoder.done;
    this.#consumed = consumed;
    const leavesTooMuch = decoder !== null && this.#leavesTooMuch(decoder);
    const keeps = this.#transport.keepAlive && !this.#transport.requestFailed && !leavesTooMuch &&
      !this.isLast;
    this.#state = nextState(this.#state, !keeps ? LAST_EVENT : isUnread ? UNREAD_EVENT : DONE_EVENT);
    if (this.#advancing) return;
    if (keeps) this.#advance(true);
    else this.#rest();
  }

  /** Counted from what the handler took and not from what happens to have arrived. */
  #leavesTooMuch(decoder: BodyDecoder): boolean {
    return this.#received + decoder.left - this.#consumed > UNREAD_LIMIT;
  }

  aborted(): void {
    const reset = this.endsWithConnection;
    this.#serveNoMore();
    const exchange = this.#exchange;
    const error = this.#connection.abandon(reset, exchange !== null);
    if (exchange === null || error === null) return;
    this.#exchange = null;
    queueMicrotask(() => exchange.transportClosed(error));
  }

  upgraded(take: TakeConnection): void {
    this.#state = nextState(this.#state, UPGRADE_EVENT);
    this.#exchange = null;
    this.#connection.detach(this.#input.take(this.#input.length), this.#ended, take);
  }
}

function runExchange(exchange: RequestEvents): void {
  exchange.run();
}

function trailersOf(decoder: BodyDecoder): HeaderMap {
  const section = decoder.trailerSection;
  return section === null
    ? new HeaderMap()
    : receivedTrailers(headerMapFromBytes(section, 0, section.length));
}
