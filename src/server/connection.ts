import { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { UpgradedConnection } from "../http/response.ts";
import { bodyDecoder } from "../h1/request_body.ts";
import { InputBuffer } from "../h1/input_buffer.ts";
import type { RequestHeadParser } from "../h1/request_head_parser.ts";
import { informationalHead } from "../h1/response_head.ts";
import type { RequestHead } from "../http/request_head.ts";
import { ChangedBytesError } from "../net/errors.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import type { Content } from "./content_receiver.ts";
import { Deadlines, type DeadlineSubject } from "./deadlines.ts";
import type { ConnectionInfo } from "./handler.ts";
import { Output } from "./output.ts";
import { RawConnection } from "./raw_connection.ts";
import type { LocalOwner, ServedExchange, TakeSocket } from "./served_exchange.ts";
import type { Service } from "./service.ts";

/** How many bytes of later requests are kept while an earlier one is answered, before the client is held back. */
const MAX_WAITING = 65536;

/** How many bytes are read and dropped so that a client that is still sending gets to read the last response. */
const LINGER_LIMIT = 16 * 1024 * 1024;

/** For the output of a connection between two requests, where nobody waits for anything: an error for each costs 2 us. */
const CLOSED_IDLE = clientGone();

function clientGone(cause?: Error): ConnectionClosedError {
  return new ConnectionClosedError("The client went away", cause === undefined ? {} : { cause });
}

/**
 * One connection: received bytes go through the parser into exchanges, one after the other, and what those write
 * goes out in one call for each turn.
 *
 * The way of a byte: {@linkcode Connection.onData} -> the input buffer -> {@linkcode RequestHeadParser} -> an {@linkcode Exchange}, which
 * calls the handler -> {@linkcode Output} -> the socket.
 */
export class Connection implements SocketHandler, LocalOwner, DeadlineSubject, ConnectionInfo {
  readonly service: Service;
  readonly output: Output;
  readonly #socket: Socket;
  readonly #input = new InputBuffer();
  /** Only while in the midst of a head: an idle connection, as most are, has no use for one. */
  #parser: RequestHeadParser | null = null;
  readonly #deadlines: Deadlines;
  #exchange: ServedExchange | null = null;
  #raw: SocketHandler | null = null;
  #advancing = false;
  #paused = false;
  #ended = false;
  #lastDone = false;
  #lingering = false;
  #dropped = 0;
  #requests = 0;
  #closed = false;
  /** Whether a handler's call may have led to what happens now, so that its `AsyncLocalStorage` is the current one. */
  #inForeignContext = false;

  /**
   * @param service What the connections of this thread share.
   * @param socket The connection's socket.
   */
  constructor(service: Service, socket: Socket) {
    this.service = service;
    this.#socket = socket;
    this.output = new Output(socket, service.statistics);
    this.#deadlines = new Deadlines(service.settings.timeouts, service.now);
  }

  /** The client. */
  get remoteAddress(): RemoteAddress {
    return this.#socket.remoteAddress;
  }

  /** Whether the connection may serve another request. */
  get mayPersist(): boolean {
    return !this.service.draining && this.#requests < this.service.settings.limits.maxRequestsPerConnection;
  }

  // What the deadlines look at.

  /** Whether the last response has been written. */
  get lingering(): boolean {
    return this.#lingering;
  }

  /** Whether the server is closing. */
  get closing(): boolean {
    return this.service.draining;
  }

  /** Whether the client has to take more before anything is written. */
  get blocked(): boolean {
    return this.output.blocked;
  }

  /** Whether the client's side has yet to take some of what was sent. */
  get unsent(): boolean {
    return this.output.unsent;
  }

  /** How many bytes the client's side has taken. */
  get taken(): number {
    return this.#socket.bytesWritten;
  }

  /** Whether a request is being answered. */
  get answering(): boolean {
    return this.#exchange !== null;
  }

  /** The content of that request. */
  get content(): Content | null {
    return this.#exchange === null ? null : this.#exchange.content;
  }

  // What the socket tells.

  /** Bytes arrived. */
  onData(chunk: Uint8Array): void {
    this.service.statistics.received(chunk.length);
    if (this.#lingering) {
      this.#dropped += chunk.length;
      if (this.#dropped > LINGER_LIMIT) this.#socket.destroy();
    } else if (this.#raw !== null) {
      this.#raw.onData(chunk);
    } else if (!this.#lastDone) {
      this.#input.push(chunk);
      this.#deadlines.received(this.service.now);
      this.#advance();
    }
  }

  /** The client closed its half: what it has asked for is still answered. */
  onEnd(): void {
    this.#ended = true;
    if (this.#raw !== null) return this.#raw.onEnd();
    this.#deadlines.ended(this.service.now);
    this.#advance();
  }

  /** The client took all that was written. */
  onDrain(): void {
    this.output.onDrain();
    this.#deadlines.drained(this.service.now);
    if (this.#raw === null) this.#advanceForHandler();
  }

  /** The connection is gone. */
  onClose(error?: Error): void {
    this.#closed = true;
    if (error instanceof ChangedBytesError) this.service.report(error);
    const isIdle = this.#exchange === null && this.#raw === null;
    const closed = isIdle ? CLOSED_IDLE : clientGone(error);
    if (this.#raw !== null) this.#raw.onClose(error);
    this.output.close(closed);
    this.#input.clear();
    this.#exchange?.connectionClosed(closed);
    this.#exchange = null;
    this.service.connectionEnded(this);
    this.service.notify("onConnectionEnd", this);
  }

  // What the exchange asks for.

  /** The handler asks for the content: sends a 100, unless some of it has arrived. */
  sendContinue(): void {
    const begun = this.#input.length > 0 || this.content?.begun === true;
    if (!begun) this.output.write(informationalHead(100, null));
  }

  /** Content may be read from the socket. */
  readContent(): void {
    if (!this.#advancing) this.#advanceForHandler();
  }

  /** The exchange is over. */
  exchangeDone(keepAlive: boolean): void {
    this.#exchange = null;
    if (!keepAlive || this.service.draining) this.#lastDone = true;
    if (!this.#advancing) this.#advanceForHandler();
  }

  /** Gives up the connection at once. */
  cut(reset = false): void {
    this.output.flush();
    if (reset) this.#socket.reset();
    else this.#socket.destroy();
  }

  /** Hands the connection over as raw streams. */
  detach(): UpgradedConnection {
    let streams: UpgradedConnection | undefined;
    this.detachTo((socket, early, ended) => {
      const raw = new RawConnection(socket, this.output, early, ended);
      streams = raw.streams;
      return raw;
    });
    return streams!;
  }

  /** Hands the connection over as raw bytes. */
  detachTo(take: TakeSocket): void {
    this.#exchange = null;
    const early = this.#input.take(this.#input.length);
    this.output.flush();
    this.#pause(false);
    this.#raw = take(this.#socket, early, this.#ended);
  }

  // What the service asks for.

  /** Finishes what is in flight and closes; at once if nothing is. */
  drain(): void {
    if (this.#exchange === null && this.#raw === null && !this.#inHead) this.#closeSoon();
  }

  /** Looks for a deadline that has passed. */
  checkDeadlines(now: number): void {
    if (this.#raw !== null) return;
    const expired = this.#deadlines.check(now, this);
    if (expired === null) return;
    if (expired.kind === "maybe gone") this.#exchange?.clientMayBeGone();
    else if (expired.kind === "cut") this.#socket.destroy();
    else if (expired.kind === "idle") this.#closeSoon();
    else if (this.#exchange === null) this.#refuse(new HttpError(408, expired.reason));
    else this.#exchange.requestFailed(new HttpError(408, expired.reason));
  }

  // The way of the bytes.

  /** Goes on as far as the received bytes, the handler and the client's reading allow. */
  #advance(): void {
    if (this.#advancing || this.#closed || this.#lingering || this.#raw !== null) return;
    this.#advancing = true;
    this.output.cork();
    while (this.#step());
    this.#advancing = false;
    this.output.uncork(this.#exchange === null);
    if (this.#raw === null && !this.#closed) this.#rest();
  }

  /**
   * The same inside what a handler called, or its write brought about. Where a request waits already, the next handler is
   * called from here, and where reading was stopped, what comes later is too: on Deno each read begins in the context of
   * the one before.
   */
  #advanceForHandler(): void {
    if (this.#input.length > 0 || this.#paused) this.#inForeignContext = true;
    this.#advance();
  }

  /** Does the next thing; returns whether there may be another. */
  #step(): boolean {
    const exchange = this.#exchange;
    try {
      if (exchange !== null) return this.#receiveContent(exchange);
      if (this.#lastDone || this.#input.length === 0 || !this.output.hasRoom()) return false;
      return this.#receiveHead();
    } catch (error) {
      if (!(error instanceof HttpError)) this.#fail(error);
      else if (exchange === null) this.#refuse(error);
      else exchange.requestFailed(error);
      return false;
    }
  }

  /** Whether part of a head has been read. */
  get #inHead(): boolean {
    return this.#parser !== null && this.#parser.begun;
  }

  /** Reads on in a head, and begins an exchange where it is complete; returns whether there may be another. */
  #receiveHead(): boolean {
    const parser = this.#parser ??= this.service.takeParser();
    const head = parser.parse(this.#input);
    if (head !== null) this.#begin(head);
    if (parser.atRest) {
      this.#parser = null;
      this.service.giveParser(parser);
    }
    return head !== null && this.#raw === null;
  }

  /**
   * Begins an exchange. Content that came with the head is decoded only after the handler was called, so that a handler
   * that does not read gives the same answer however the bytes were split.
   */
  #begin(head: RequestHead): void {
    this.#requests++;
    const exchange = this.service.begin(this, head, bodyDecoder(head, this.service.settings.limits));
    this.#deadlines.headReceived(this.service.now);
    this.#exchange = exchange;
    if (this.#inForeignContext) this.service.inOwnContext(run, exchange);
    else exchange.run();
  }

  /** A mistake in this library must cost no more than the connection that met it. */
  #fail(error: unknown): void {
    this.service.report(error);
    this.#lastDone = true;
    this.#socket.destroy();
  }

  #receiveContent(exchange: ServedExchange): boolean {
    const content = exchange.content;
    if (content === null || content.done || !content.wantsMore || this.#input.length === 0) return false;
    content.receive(this.#input);
    exchange.contentReceived();
    return this.#exchange !== exchange;
  }

  /** Nothing can be done right now: waits for the client, or for its end. */
  #rest(): void {
    if (this.#lastDone) return this.#closeSoon();
    const exchange = this.#exchange;
    if (this.#ended) {
      if (exchange === null) {
        if (this.output.blocked && this.#input.length > 0) return;
        return this.#inHead ? this.#refuse(new HttpError(400, "The request ended early")) : this.#closeSoon();
      }
      if (exchange.content !== null && !exchange.content.done && exchange.content.wantsMore) {
        exchange.requestFailed(new HttpError(400, "The content ended early"));
      }
      return;
    }
    if (exchange === null) this.#deadlines.awaitHead(this.service.now, this.#inHead);
    const content = exchange?.content ?? null;
    const full = content !== null && !content.done ? !content.wantsMore : this.#input.length >= MAX_WAITING;
    this.#pause(full && (exchange !== null || this.output.blocked));
  }

  #pause(wanted: boolean): void {
    if (wanted === this.#paused) return;
    this.#paused = wanted;
    if (wanted) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Answers what is not a request, and never reads another. */
  #refuse(error: HttpError): void {
    const isHead = this.#parser !== null && this.#parser.isHead;
    this.output.write(this.service.refusal(error, !isHead));
    this.#lastDone = true;
    if (!this.#advancing) this.#closeSoon();
  }

  /**
   * Closes this half once everything is written, then reads and drops for a bounded time and size what the client is
   * still sending: a connection closed with unread bytes would be reset, and the client might never see the response.
   */
  #closeSoon(): void {
    if (this.#lingering || this.#closed) return;
    this.#lingering = true;
    this.#lastDone = true;
    this.#input.clear();
    this.#deadlines.linger(this.service.now);
    this.output.flush();
    this.#socket.end();
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
  }
}

function run(exchange: ServedExchange): void {
  exchange.run();
}
