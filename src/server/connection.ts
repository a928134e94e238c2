import type { ConnectionInfo } from "../exchange/handler.ts";
import type { OwnContext } from "../exchange/own_context.ts";
import type { Protocol, ProtocolConnection } from "../exchange/protocol.ts";
import type { TakeConnection, UpgradedHandler } from "../exchange/upgraded_socket.ts";
import { ConnectionClosedError, type HttpError } from "../http/errors.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import { ChangedBytesError } from "../net/errors.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionContext } from "./connection_context.ts";
import { DetachedSocket } from "./detached_socket.ts";
import { CLIENT_GONE, MISTAKEN, TAKES_NOTHING, WAS_CUT } from "./end_reasons.ts";
import type { SetMember } from "./intrusive_set.ts";
import { Lingering } from "./lingering.ts";
import { Output } from "./output.ts";
import { SendProgress } from "./send_progress.ts";

/**
 * For connections that end between two requests, where nobody waits for anything: an error of its own would
 * be made in vain.
 */
const CLOSED_IDLE = new ConnectionClosedError(CLIENT_GONE);

// The phases of a connection, in order. Not every connection goes through all of them.

/** A protocol of HTTP drives the bytes. */
const SERVING = 0;
/** Another protocol's program has the bytes. */
const DETACHED = 1;
/** This half has been closed; the client is given time to close the other. */
const LINGERING = 2;
const CLOSED = 3;

/** The connections that this one is one of. */
export interface ConnectionOwner {
  /** The connection is gone. */
  connectionEnded(connection: Connection): void;
}

/** Makes the protocol that drives a connection's bytes. */
export type OpenProtocol = (connection: ProtocolConnection) => Protocol;

/**
 * One connection, whatever protocol drives it: its socket and output, the wait for a client that is slow to
 * take, or to close its half, and the ways to end.
 */
export class Connection implements SocketHandler, ProtocolConnection, SetMember {
  readonly #context: ConnectionContext;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #progress: SendProgress;
  readonly number: number;
  readonly clock: Clock;
  readonly output: Output;
  index = -1;
  /** The object that the handler was told of the connection by; `null` if it was not. */
  info: ConnectionInfo | null = null;
  #phase = SERVING;
  /** Has the socket once HTTP is finished with it: upgraded or lingering. */
  #successor: UpgradedHandler | null = null;
  #paused = false;
  #ended = false;
  /** The reason why the server has cut the connection. */
  #cutBecause: string | null = null;

  /**
   * @param context Shared by the connections of this thread.
   * @param owner Is told of the end.
   * @param socket The connection's socket.
   * @param number Number of the connection, from 1.
   * @param open Makes the protocol.
   */
  constructor(
    context: ConnectionContext,
    owner: ConnectionOwner,
    socket: Socket,
    number: number,
    open: OpenProtocol,
  ) {
    this.#context = context;
    this.#owner = owner;
    this.#socket = socket;
    this.number = number;
    this.clock = context.clock;
    this.output = new Output(socket, context.statistics);
    this.#progress = new SendProgress(context.settings.timeouts.send, this.clock.now);
    this.#protocol = open(this);
  }

  get remoteAddress(): RemoteAddress {
    return this.#socket.remoteAddress;
  }

  get secure(): boolean {
    return this.#context.secure;
  }

  get tls(): TlsInfo | null {
    return this.#socket.tls ?? null;
  }

  get ownContext(): OwnContext {
    return this.#context.ownContext;
  }

  get draining(): boolean {
    return this.#context.isDraining;
  }

  // The socket's side.

  onData(chunk: Uint8Array): void {
    this.#context.statistics.received(chunk.length);
    if (this.#phase === SERVING) this.#protocol.receive(chunk);
    else this.#successor?.onData(chunk);
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#phase === SERVING) this.#protocol.inputEnded();
    else this.#successor?.onEnd();
  }

  onDrain(): void {
    this.output.onDrain();
    this.#progress.drained(this.clock.now);
    if (this.#phase === SERVING) this.#protocol.drained();
    else this.#successor?.onDrain();
  }

  onClose(error?: Error): void {
    const isIdle = !this.#protocol.busy && this.#phase !== DETACHED && !this.output.blocked;
    this.#phase = CLOSED;
    if (error instanceof ChangedBytesError) this.report(error);
    const closed = isIdle ? CLOSED_IDLE : this.#closedError(error);
    this.output.close(closed);
    this.#successor?.onClose(this.#cutBecause === null ? error : closed);
    this.#protocol.closed(closed);
    this.#owner.connectionEnded(this);
  }

  #closedError(cause?: Error): ConnectionClosedError {
    return new ConnectionClosedError(
      this.#cutBecause ?? CLIENT_GONE,
      cause === undefined ? undefined : { cause },
    );
  }

  // The protocol's side.

  pauseReading(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  refused(error: HttpError): void {
    this.#context.refused(error, this.remoteAddress, this.number);
  }

  report(error: unknown): void {
    this.#context.report(error, null);
  }

  closeSoon(): void {
    if (this.#phase >= LINGERING) return;
    const before = this.#successor;
    this.#phase = LINGERING;
    this.#successor = new Lingering(this, this.#progress, this.#context, before);
    // Another protocol's program has closed its half itself.
    if (before !== null) return;
    this.output.flush();
    this.#socket.end();
    this.pauseReading(false);
  }

  abandon(reset: boolean, busy: boolean): ConnectionClosedError | null {
    this.#cutBecause ??= WAS_CUT;
    this.output.flush();
    if (!reset && busy && this.output.unsent) {
      this.closeSoon();
      return this.#closedError();
    }
    this.#destroy(reset);
    return null;
  }

  fail(): void {
    this.cutOff(MISTAKEN);
  }

  detach(early: Uint8Array, ended: boolean, take: TakeConnection): void {
    this.output.flush();
    this.pauseReading(false);
    this.#phase = DETACHED;
    const socket = new DetachedSocket(
      this.#socket,
      this.output,
      this.#context.statistics,
      () => this.closeSoon(),
    );
    this.#successor = take(socket, early, ended);
  }

  // The server's side.

  /**
   * Cuts the connection on the server's initiative. Resets it if the client could take a truncated response
   * for a complete one.
   */
  cutOff(because: string): void {
    this.#cutBecause = because;
    this.output.flush();
    this.#destroy(this.output.unsent || this.#protocol.endsWithConnection);
  }

  #destroy(reset: boolean): void {
    if (reset) this.#socket.reset();
    else this.#socket.destroy();
  }

  /** The server begins to close. */
  drainingBegins(): void {
    if (this.#phase === DETACHED) this.#successor?.onDraining?.();
  }

  /**
   * The server closes, and has waited for requests that were on their way: a connection without one is
   * closed.
   */
  closeIfIdle(): void {
    if (this.#phase === SERVING) this.#protocol.closeIfIdle();
  }

  /** Looks for deadlines that have passed. */
  checkDeadlines(now: number): void {
    if (this.#phase !== SERVING) return this.#successor?.checkDeadlines?.(now);
    if (this.#progress.expired(now, this.output.blocked, this.output.taken)) this.cutOff(TAKES_NOTHING);
    else this.#protocol.checkDeadlines(now);
  }

  /** `true` if the client has closed its half. */
  get ended(): boolean {
    return this.#ended;
  }
}
