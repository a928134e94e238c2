import { ABNORMAL_CLOSURE, GOING_AWAY, INVALID_DATA, PROTOCOL_ERROR } from "./close_code.ts";
import { closePayload, readClosePayload } from "./close_payload.ts";
import { type ConnectionState, nextState } from "./connection_state.ts";
import { flaw, type FrameFlaw } from "./frame_flaw.ts";
import { FrameOutput, gatherFrames, sendGathered } from "./frame_output.ts";
import { Liveness } from "./liveness.ts";
import type { MessageCodec } from "./message_codec.ts";
import {
  COMPRESSED,
  decodeInflated,
  FLAWED,
  type MessageLimits,
  MessageReader,
  NEED_MORE,
} from "./message_reader.ts";
import { BINARY, CLOSE, FIN, PING, PONG, TEXT } from "./opcode.ts";
import { SendQueue } from "./send_queue.ts";
import type { UpgradedHandler, UpgradedSocket } from "../exchange/upgraded_socket.ts";
import { WebSocketError } from "./websocket_error.ts";

/** Options of a connection, all decided. */
export interface ConnectionSettings extends MessageLimits {
  /** Milliseconds of silence after which the client is pinged; 0 for never. */
  readonly pingInterval: number;
  /** Bytes that may wait for the client when a further message is sent. */
  readonly maxQueued: number;
}

/**
 * Receives what connections bring, for the program's end `T` of each: one object for all of them, because most are idle.
 * No method may throw.
 */
export interface ConnectionEvents<T> {
  /** A text message. */
  onText(target: T, text: string): void;
  /** A binary message; `owned` tells whether its buffer may be kept. */
  onBytes(target: T, bytes: Uint8Array, owned: boolean): void;
  /** More may be sent. */
  onRoom(target: T): void;
  /** The connection comes to an unwanted end. */
  onError(target: T, error: WebSocketError): void;
  /** The last call, made exactly once. */
  onClosed(target: T, code: number, reason: string, clean: boolean): void;
  /** About once a second. */
  onTick(target: T, now: number): void;
}

/** The program has more messages than it has taken. */
const HELD_BY_PROGRAM = 1;
/** A message is being decompressed, which those after it must not overtake. */
const HELD_BY_CODEC = 2;
/** The client does not take what it is sent. */
const HELD_BY_OUTPUT = 4;

/** Unsent bytes above which nothing more is read from the client, at most. */
const MAX_UNSENT = 1024 * 1024;

const NOT_UTF8 = flaw(INVALID_DATA, "A text message is not UTF-8");

/**
 * Drives one WebSocket: takes the client's bytes, tells the program of messages, and sends frames. It answers pings and
 * close frames itself. All frames that a read gives rise to are sent by one write.
 */
export class WebSocketConnection<T> implements UpgradedHandler {
  readonly #socket: UpgradedSocket;
  readonly #events: ConnectionEvents<T>;
  readonly #target: T;
  readonly #settings: ConnectionSettings;
  readonly #codec: MessageCodec | null;
  readonly #reader: MessageReader;
  readonly #output: FrameOutput;
  readonly #sending: SendQueue;
  readonly #liveness: Liveness;
  #state: ConnectionState = "open";
  #reading = false;
  /** Reasons for not reading: a sum of the `HELD_` constants. */
  #held = 0;
  #paused = false;
  #peerEnded = false;
  #closeSent = false;
  /** The payload of the last ping that was not answered because the client takes nothing. */
  #pong: Uint8Array | null = null;
  #closeCode = ABNORMAL_CLOSURE;
  #closeReason = "";
  #clean = false;
  #received = 0;
  #sent = 0;

  constructor(
    socket: UpgradedSocket,
    events: ConnectionEvents<T>,
    target: T,
    settings: ConnectionSettings,
    codec: MessageCodec | null,
  ) {
    this.#socket = socket;
    this.#events = events;
    this.#target = target;
    this.#settings = settings;
    this.#codec = codec;
    this.#reader = new MessageReader(settings, codec !== null);
    this.#output = new FrameOutput(socket);
    this.#sending = new SendQueue(this.#output, codec, this);
    this.#liveness = new Liveness(settings.pingInterval);
  }

  /** Where it stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Number of bytes of messages that were sent and that the operating system has not taken. */
  get unsent(): number {
    return this.#state === "closed" ? 0 : this.#output.unsent + this.#sending.queued;
  }

  /** Whether the client keeps up with what it is sent. */
  get hasRoom(): boolean {
    return !this.#output.blocked && this.#sending.queued === 0;
  }

  /** Sends a message: text, or bytes that may be changed once this returns. */
  send(data: string | Uint8Array | Blob): void {
    if (!this.#maySend()) return;
    this.#sending.send(data);
    this.#countSent();
  }

  /**
   * Sends a frame that has been encoded for several connections.
   *
   * @param frame Its bytes, which must not change.
   * @param skip Whether to leave it out where more than `maxQueued` bytes wait, rather than cut the connection.
   */
  sendEncoded(frame: Uint8Array, skip: boolean): void {
    if (!this.#maySend(skip)) return;
    this.#sending.sendEncoded(frame);
    this.#countSent();
  }

  /** Sends a ping of at most 125 bytes. */
  ping(payload: Uint8Array): void {
    if (this.#state === "open") this.#output.frame(FIN | PING, payload, false);
  }

  /** Begins the closing handshake, after what has been sent. */
  close(code: number, reason: string): void {
    if (this.#state !== "open") return;
    this.#move("closeSent");
    this.#sending.close(() => this.#sendClose(code, reason));
  }

  /**
   * Fails the connection, RFC 6455 section 7.1.7: sends a close frame, closes this half and reads no more.
   *
   * @param cause An error that led to it.
   */
  fail(code: number, reason: string, cause?: unknown): void {
    if (this.#state !== "open" && this.#state !== "closing") return;
    this.#sendClose(code, reason);
    this.#end("failed");
    const error = new WebSocketError(`The WebSocket was closed: ${reason}`, { code });
    if (cause !== undefined) error.cause = cause;
    this.#events.onError(this.#target, error);
  }

  /** Cuts the connection. */
  terminate(): void {
    if (this.#state === "open" || this.#state === "closing") this.#end("failed", false);
    if (this.#state !== "closed") this.#socket.destroy();
  }

  /** Stops reading, or takes it up again, on the program's behalf. */
  hold(held: boolean): void {
    if (held) this.#hold(HELD_BY_PROGRAM);
    else this.#release(HELD_BY_PROGRAM);
  }

  onData(chunk: Uint8Array): void {
    this.#liveness.heard();
    if (this.#state === "ended" || this.#state === "closed") return;
    if (this.#held !== 0 || this.#reading) return this.#reader.feedLater(chunk);
    this.#reader.feed(chunk);
    this.#read();
    if (this.#reader.hasInput) this.#reader.keep();
  }

  onEnd(): void {
    this.#peerEnded = true;
    if (this.#held === 0 && !this.#reading) this.#leave();
  }

  onDrain(): void {
    this.#output.drained();
    if (this.#pong !== null && this.#state === "open") this.#output.frame(FIN | PONG, this.#pong, true);
    this.#pong = null;
    this.#release(HELD_BY_OUTPUT);
    this.#events.onRoom(this.#target);
  }

  onClose(): void {
    if (this.#state === "closed") return;
    this.#move("lost");
    this.#held = 0;
    this.#output.close();
    this.#sending.drop();
    this.#codec?.close();
    this.#reader.drop();
    this.#events.onClosed(this.#target, this.#closeCode, this.#closeReason, this.#clean);
  }

  onDraining(): void {
    this.close(GOING_AWAY, "");
  }

  checkDeadlines(now: number): void {
    this.#events.onTick(this.#target, now);
    const state = this.#state;
    if (state === "closed") return;
    const progress = this.#output.unsent;
    if (state !== "open") {
      if (this.#liveness.closingIsOver(now, progress)) this.#socket.destroy();
      return;
    }
    const deaf = (this.#held & (HELD_BY_PROGRAM | HELD_BY_CODEC)) !== 0;
    const verdict = this.#liveness.check(now, deaf, this.#output.blocked ? progress : 0);
    if (verdict === "ping") this.ping(new Uint8Array(0));
    else if (verdict === "dead") this.#giveUp("The client has been silent for too long");
  }

  /** Sends a close frame, unless that has been done. */
  #sendClose(code: number, reason: string): void {
    if (this.#closeSent) return;
    this.#closeSent = true;
    this.#output.frame(FIN | CLOSE, closePayload(code, reason), true);
  }

  #maySend(skip = false): boolean {
    if (this.#state !== "open") return false;
    if (this.hasRoom || this.unsent <= this.#settings.maxQueued) return true;
    if (!skip) this.#giveUp("More than maxQueued bytes wait for the client");
    return false;
  }

  /** Cuts the connection on the server's initiative. */
  #giveUp(reason: string): void {
    this.#end("failed", false);
    this.#socket.destroy();
    this.#events.onError(this.#target, new WebSocketError(`The WebSocket was cut: ${reason}`));
  }

  #read(): void {
    this.#reading = true;
    gatherFrames();
    while (this.#held === 0) {
      const event = this.#reader.next();
      if (event === NEED_MORE) break;
      this.#take(event);
      if (this.#output.blocked) this.#holdForOutput();
    }
    this.#reading = false;
    sendGathered();
    if (this.#output.blocked) this.#holdForOutput();
    this.#count();
    if (this.#peerEnded && this.#held === 0) this.#leave();
  }

  #take(event: number): void {
    const reader = this.#reader;
    switch (event) {
      case TEXT:
        this.#received++;
        if (this.#state === "open") this.#events.onText(this.#target, reader.text);
        break;
      case BINARY:
        this.#received++;
        if (this.#state === "open") this.#events.onBytes(this.#target, reader.bytes, reader.owned);
        break;
      case COMPRESSED:
        this.#inflate();
        break;
      case PING:
        this.#answerPing(reader.bytes);
        break;
      case PONG:
        break;
      case CLOSE:
        this.#closeReceived(reader.bytes);
        break;
      case FLAWED: {
        const { code, reason } = reader.flaw ?? { code: PROTOCOL_ERROR, reason: "" };
        this.fail(code, reason);
      }
    }
  }

  #inflate(): void {
    const text = this.#reader.compressedText;
    let returned = false;
    this.#codec?.inflate(this.#reader.bytes, this.#reader.owned, (outcome) => {
      if (this.#state === "open" || this.#state === "closing") this.#inflated(outcome, text);
      if (returned) this.#release(HELD_BY_CODEC);
      else returned = true;
    });
    if (!returned) this.#hold(HELD_BY_CODEC);
    returned = true;
  }

  #inflated(outcome: Uint8Array | FrameFlaw, text: boolean): void {
    if (!(outcome instanceof Uint8Array)) return this.fail(outcome.code, outcome.reason);
    this.#received++;
    if (!text) {
      if (this.#state === "open") this.#events.onBytes(this.#target, outcome, true);
      return;
    }
    const decoded = decodeInflated(outcome);
    if (decoded === null) this.fail(NOT_UTF8.code, NOT_UTF8.reason);
    else if (this.#state === "open") this.#events.onText(this.#target, decoded);
  }

  #answerPing(payload: Uint8Array): void {
    if (this.#state !== "open") return;
    // RFC 6455 section 5.5.3: of several pings only the last need be answered.
    if (this.#output.blocked) this.#pong = payload.slice();
    else this.#output.frame(FIN | PONG, payload, false);
  }

  #closeReceived(payload: Uint8Array): void {
    const close = readClosePayload(payload);
    if ("flaw" in close) return this.fail(close.flaw.code, close.flaw.reason);
    this.#closeCode = close.code;
    this.#closeReason = close.reason;
    this.#clean = true;
    // RFC 6455 section 5.5.1: the answer typically echoes the status code.
    this.#sendClose(close.code, "");
    this.#end("closeReceived");
  }

  /** The client has closed its half without a close frame. */
  #leave(): void {
    if (this.#state === "open" || this.#state === "closing") this.#end("failed");
  }

  /** Closes this half. What the client still sends is read and dropped. */
  #end(event: "closeReceived" | "failed", inOrder = true): void {
    this.#move(event);
    this.#sending.drop();
    this.#reader.drop();
    this.#pong = null;
    this.#held = 0;
    // Nothing may be written to a socket that is about to be destroyed.
    if (!inOrder) return this.#output.close();
    this.#resume();
    this.#output.flush();
    this.#socket.end();
    this.#socket.leave();
  }

  #hold(reason: number): void {
    if (this.#state === "ended" || this.#state === "closed") return;
    this.#held |= reason;
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  #release(reason: number): void {
    if ((this.#held & reason) === 0) return;
    this.#held &= ~reason;
    if (this.#held !== 0 || this.#reading) return;
    this.#read();
    if (this.#held === 0) this.#resume();
  }

  #resume(): void {
    if (!this.#paused || this.#state === "closed") return;
    this.#paused = false;
    this.#socket.resume();
  }

  #holdForOutput(): void {
    if (this.#output.unsent > Math.min(this.#settings.maxQueued, MAX_UNSENT)) this.#hold(HELD_BY_OUTPUT);
  }

  #countSent(): void {
    this.#sent++;
    if (!this.#reading) this.#count();
  }

  #count(): void {
    if (this.#received + this.#sent === 0) return;
    this.#socket.countMessages(this.#received, this.#sent);
    this.#received = 0;
    this.#sent = 0;
  }

  #move(event: Parameters<typeof nextState>[1]): void {
    this.#state = nextState(this.#state, event);
  }
}
