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
import type { BagItem } from "./bag.ts";
import { Deadlines } from "./deadlines.ts";
import { CLIENT_GONE, MISTAKEN, TAKES_NOTHING, WAS_CUT } from "./end_reasons.ts";
import type { ConnectionInfo } from "./handler.ts";
import { Lingering } from "./lingering.ts";
import { Output } from "./output.ts";
import { RawConnection } from "./raw_connection.ts";
import type { LocalOwner, ServedExchange, Successor, TakeSocket } from "./served_exchange.ts";
import type { Service, ToldConnection } from "./service.ts";

/** How many bytes of later requests are kept while an earlier one is answered, before the client is held back. */
const MAX_WAITING = 65536;

/** For the output of a connection between two requests, where nobody waits for anything: an error for each costs 2 us. */
const CLOSED_IDLE = new ConnectionClosedError(CLIENT_GONE);

// What a connection goes through, in this order, if not through all of it.

/** Requests are read and answered. */
const SERVING = 0;
/** No further request is read; the last response may still be under way. */
const LAST = 1;
/** It has been upgraded: its successor has the socket. */
const UPGRADED = 2;
/** This half has been closed: its successor waits for the client. */
const LINGERING = 3;
const CLOSED = 4;

/**
 * One connection: received bytes go through the parser into exchanges, one after the other, and what those write
 * goes out in one call for each turn.
 *
 * The way of a byte: {@linkcode Connection.onData} -> the input buffer -> {@linkcode RequestHeadParser} -> an {@linkcode Exchange}, which
 * calls the handler -> {@linkcode Output} -> the socket.
 */
export class Connection implements SocketHandler, LocalOwner, ToldConnection, BagItem {
  readonly service: Service;
  readonly output: Output;
  /** Its place among the connections of the service. */
  place = -1;
  readonly #socket: Socket;
  readonly #input = new InputBuffer();
  /** Only while in the midst of a head: an idle connection, as most are, has no use for one. */
  #parser: RequestHeadParser | null = null;
  readonly #deadlines: Deadlines;
  #exchange: ServedExchange | null = null;
  #info: ConnectionInfo | null = null;
  #phase = SERVING;
  /** Who has the socket from `UPGRADED` on. */
  #successor: Successor | null = null;
  #advancing = false;
  #paused = false;
  #ended = false;
  #requests = 0;
  /** Why the server has cut it. */
  #cutBecause: string | null = null;
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

  /** What the handler is told of it. */
  get info(): ConnectionInfo {
    return this.#info ??= { remoteAddress: this.remoteAddress };
  }

  /** Whether the connection may serve another request. */
  get mayPersist(): boolean {
    return !this.service.draining && this.#requests < this.service.settings.limits.maxRequestsPerConnection;
  }

  // What the socket tells.

  /** Bytes arrived. */
  onData(chunk: Uint8Array): void {
    this.service.statistics.received(chunk.length);
    if (this.#phase !== SERVING) return this.#successor?.onData(chunk);
    this.#input.push(chunk);
    this.#deadlines.received(this.service.now);
    this.#advance();
  }

  /** The client closed its half: what it has asked for is still answered. */
  onEnd(): void {
    this.#ended = true;
    if (this.#successor !== null) return this.#successor.onEnd();
    this.#deadlines.ended(this.service.now);
    this.#advance();
  }

  /** The operating system took all that was held back. */
  onDrain(): void {
    if (this.#successor !== null) return this.#successor.onDrain();
    this.output.onDrain();
    this.#deadlines.drained(this.service.now);
    this.#advanceForHandler();
  }

  /** The connection is gone. */
  onClose(error?: Error): void {
    const isIdle = this.#exchange === null && this.#phase !== UPGRADED && !this.output.blocked;
    this.#phase = CLOSED;
    if (error instanceof ChangedBytesError) this.service.report(error);
    const closed = isIdle ? CLOSED_IDLE : this.#closedError(error);
    this.#successor?.onClose(this.#cutBecause === null ? error : closed);
    this.output.close(closed);
    this.#input.clear();
    this.#exchange?.connectionClosed(closed);
    this.#exchange = null;
    this.service.connectionEnded(this);
    this.service.notify("onConnectionEnd", this);
  }

  #closedError(cause?: Error): ConnectionClosedError {
    return new ConnectionClosedError(this.#cutBecause ?? CLIENT_GONE, cause === undefined ? {} : { cause });
  }

  // What the exchange asks for.

  /** The handler asks for the content: sends a 100, unless some of it has arrived. */
  sendContinue(): void {
    const begun = this.#input.length > 0 || this.#exchange?.content?.begun === true;
    if (!begun) this.output.write(informationalHead(100, null));
  }

  /** Content may be read from the socket. */
  readContent(): void {
    if (!this.#advancing) this.#advanceForHandler();
  }

  /** The exchange is over. */
  exchangeDone(keepAlive: boolean): void {
    this.#exchange = null;
    if (!keepAlive || this.service.draining) this.#serveNoMore();
    if (!this.#advancing) this.#advanceForHandler();
  }

  /**
   * Gives up the connection in the midst of a response. Where answers that came before may still be on their way, and no reset
   * is asked for, it ends behind them: the end alone shows that this one is short.
   */
  cut(reset: boolean): void {
    this.#cutBecause ??= WAS_CUT;
    this.output.flush();
    const exchange = this.#exchange;
    if (reset || exchange === null || !this.output.unsent) return this.#abandon(reset);
    this.#exchange = null;
    queueMicrotask(() => exchange.connectionClosed(this.#closedError()));
    this.closeSoon();
  }

  /** The same where it is the server that has had enough: what has not been sent in full must not look like it. */
  cutOff(because: string): void {
    this.#cutBecause = because;
    this.output.flush();
    this.#abandon(this.output.unsent || this.#exchange?.endsWithConnection === true);
  }

  #abandon(reset: boolean): void {
    if (reset) this.#socket.reset();
    else this.#socket.destroy();
  }

  /** Hands the connection over as raw streams. */
  detach(): UpgradedConnection {
    const leave = () => this.closeSoon();
    let raw: RawConnection | undefined;
    this.detachTo((socket, early, ended) =>
      raw = new RawConnection(socket, this.output, early, ended, leave)
    );
    return raw!.streams;
  }

  /** Hands the connection over as raw bytes. */
  detachTo(take: TakeSocket): void {
    this.#exchange = null;
    const early = this.#input.take(this.#input.length);
    this.output.flush();
    this.#pause(false);
    this.#phase = UPGRADED;
    this.#successor = take(this.#socket, early, this.#ended);
  }

  /** Closes this half once everything is written, and leaves it to the client, for a while, to close the other. */
  closeSoon(): void {
    if (this.#phase >= LINGERING) return;
    this.#phase = LINGERING;
    const before = this.#successor;
    this.#successor = new Lingering(this, this.#deadlines, before);
    // It has closed its half itself.
    if (before !== null) return;
    this.#input.clear();
    this.output.flush();
    this.#socket.end();
    this.#pause(false);
  }

  // What the service asks for.

  /** Finishes what is in flight and closes; at once if nothing is. */
  drain(): void {
    if (this.#exchange === null && this.#phase !== UPGRADED && !this.#isInHead()) this.closeSoon();
  }

  /** Looks for a deadline that has passed. */
  checkDeadlines(now: number): void {
    if (this.#successor !== null) return this.#successor.checkDeadlines?.(now);
    const expired = this.#deadlines.check(now, this.output, this.#exchange);
    if (expired === null) return;
    if (expired.kind === "maybe gone") this.#exchange?.clientMayBeGone();
    else if (expired.kind === "cut") this.cutOff(TAKES_NOTHING);
    else if (expired.kind === "idle") this.closeSoon();
    else if (this.#exchange === null) this.#refuse(new HttpError(408, expired.reason));
    else this.#exchange.requestFailed(new HttpError(408, expired.reason));
  }

  // The way of the bytes.

  /** Goes on as far as the received bytes, the handler and the client's reading allow. */
  #advance(): void {
    if (this.#advancing || this.#phase > LAST) return;
    this.#advancing = true;
    this.output.cork();
    while (this.#step());
    this.#advancing = false;
    this.output.uncork(this.#exchange === null);
    if (this.#phase <= LAST) this.#rest();
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
      if (this.#phase !== SERVING || this.#input.length === 0 || !this.output.hasRoom()) return false;
      return this.#receiveHead();
    } catch (error) {
      if (!(error instanceof HttpError)) this.#fail(error);
      else if (exchange === null) this.#refuse(error);
      else exchange.requestFailed(error);
      return false;
    }
  }

  /** Whether part of a head has been read. */
  #isInHead(): boolean {
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
    return head !== null && this.#phase <= LAST;
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
    this.#serveNoMore();
    this.cutOff(MISTAKEN);
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
    if (this.#phase === LAST) return this.closeSoon();
    const exchange = this.#exchange;
    if (this.#ended) {
      if (exchange === null) {
        if (this.output.blocked && this.#input.length > 0) return;
        return this.#isInHead()
          ? this.#refuse(new HttpError(400, "The request ended early"))
          : this.closeSoon();
      }
      if (exchange.content !== null && !exchange.content.done && exchange.content.wantsMore) {
        exchange.requestFailed(new HttpError(400, "The content ended early"));
      }
      return;
    }
    if (exchange === null) this.#deadlines.awaitHead(this.service.now, this.#isInHead());
    const content = exchange?.content ?? null;
    const full = content !== null && !content.done ? !content.wantsMore : this.#input.length >= MAX_WAITING;
    this.#pause(full && (exchange !== null || this.output.blocked));
  }

  #serveNoMore(): void {
    if (this.#phase === SERVING) this.#phase = LAST;
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
    this.output.write(this.service.refuse(error, !isHead));
    this.#serveNoMore();
    if (!this.#advancing) this.closeSoon();
  }
}

function run(exchange: ServedExchange): void {
  exchange.run();
}
