import { sentHeaderSize, writeFrameHeader } from "./frame_header.ts";
import { FIN, TEXT } from "./opcode.ts";
import type { UpgradedSocket } from "../exchange/upgraded_socket.ts";

/** Less than 64 KiB, so that a socket has copied what it is given of it. */
const SCRATCH_SIZE = 65535;

/** Up to this length, in characters, writing text code by code costs less than a call of a `TextEncoder`. */
const SHORT_TEXT = 96;

/** Bytes that gather before they are sent, though more may follow in the same turn. */
const HIGH_WATER_MARK = 65536;

/**
 * Turns of the microtask queue without a new frame after which what has gathered is sent. A `for await` loop takes up to
 * three from one message to the next.
 */
const QUIET_TURNS = 4;

const encoder = new TextEncoder();

// Frames are encoded into one buffer for the whole thread. It holds those of one connection at a time, and is handed to
// its socket when another connection has something to send, when it is full, and when frames are sent.
const scratch = new Uint8Array(SCRATCH_SIZE);
let used = 0;
let owner: FrameOutput | null = null;

/** The connections that have something to send. */
let waiting: FrameOutput[] = [];
/** Number of reads that are being handled, after which everything is sent. */
let gathering = 0;
let scheduled = false;
let grown = false;
let quietTurns = 0;

/** Holds frames of all connections back until {@linkcode sendGathered}, so that those of one read go out in one write. */
export function gatherFrames(): void {
  gathering++;
}

/** Ends {@linkcode gatherFrames}, and sends. */
export function sendGathered(): void {
  if (--gathering === 0 && waiting.length > 0) sendAll();
}

function sendAll(): void {
  const outputs = waiting;
  waiting = [];
  for (const output of outputs) output.flushIfWaiting();
}

/** Sends once no frame has come for some turns of the microtask queue, unless a read does before. */
function onTurn(): void {
  if (grown) {
    grown = false;
    quietTurns = 0;
  } else if (++quietTurns >= QUIET_TURNS || waiting.length === 0) {
    scheduled = false;
    if (gathering === 0) sendAll();
    return;
  }
  queueMicrotask(onTurn);
}

/** Encodes a connection's frames and sees to it that they are sent, together with others of the same turn. */
export class FrameOutput {
  readonly #socket: UpgradedSocket;
  #pending = 0;
  #waiting = false;
  #blocked = false;
  #closed = false;

  constructor(socket: UpgradedSocket) {
    this.#socket = socket;
  }

  /** Whether the client has to take some of what was sent before more should be. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Number of bytes that the operating system has not taken. */
  get unsent(): number {
    return this.#closed ? 0 : this.#socket.unsent + (owner === this ? used : 0);
  }

  /** Sends a text message. Returns the size of its payload, in bytes. */
  text(text: string): number {
    const { length } = text;
    if (this.#closed) return length;
    if (length <= SHORT_TEXT && this.#shortText(text, length)) return length;
    if (3 * length + 4 > SCRATCH_SIZE) {
      const bytes = encoder.encode(text);
      this.frame(FIN | TEXT, bytes, true);
      return bytes.length;
    }
    this.#claim(3 * length + 4);
    const head = sentHeaderSize(length);
    const at = used;
    const { written } = encoder.encodeInto(text, scratch.subarray(at + head));
    const wanted = sentHeaderSize(written);
    if (wanted !== head) scratch.copyWithin(at + wanted, at + head, at + head + written);
    used = writeFrameHeader(scratch, at, FIN | TEXT, written) + written;
    this.#grown(wanted + written);
    return written;
  }

  /** Sends text that is ASCII. Returns `false` where it is not. */
  #shortText(text: string, length: number): boolean {
    this.#claim(length + 2);
    let at = used;
    scratch[at++] = FIN | TEXT;
    scratch[at++] = length;
    let seen = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      seen |= code;
      scratch[at++] = code;
    }
    if (seen >= 0x80) return false;
    used = at;
    this.#grown(length + 2);
    return true;
  }

  /**
   * Sends a frame.
   *
   * @param first The first byte of its header.
   * @param payload Its payload.
   * @param owned Whether nobody will change it.
   */
  frame(first: number, payload: Uint8Array, owned: boolean): void {
    if (this.#closed) return;
    const size = sentHeaderSize(payload.length) + payload.length;
    const inScratch = size <= SCRATCH_SIZE;
    this.#claim(inScratch ? size : 10);
    used = writeFrameHeader(scratch, used, first, payload.length);
    if (inScratch) {
      scratch.set(payload, used);
      used += payload.length;
    } else {
      this.#handOver(owned ? payload : payload.slice());
    }
    this.#grown(size);
  }

  /** Sends a frame that has been encoded. Its bytes must not change. */
  encoded(frame: Uint8Array): void {
    if (this.#closed) return;
    if (owner === this && frame.length <= SCRATCH_SIZE) {
      this.#claim(frame.length);
      scratch.set(frame, used);
      used += frame.length;
    } else {
      this.#handOver(frame);
    }
    this.#grown(frame.length);
  }

  /** Sends what has gathered, unless that has been done. */
  flushIfWaiting(): void {
    if (this.#waiting) this.flush();
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#waiting = false;
    this.#pending = 0;
    if (this.#closed) return;
    this.#handOver(null);
    if (!this.#socket.flush()) this.#blocked = true;
  }

  /** The operating system took all that was held back. */
  drained(): void {
    this.#blocked = false;
  }

  /** The connection is gone: what has gathered is dropped. */
  close(): void {
    this.#closed = true;
    this.#blocked = false;
    if (owner !== this) return;
    owner = null;
    used = 0;
  }

  /** Makes room for this connection's frames. */
  #claim(size: number): void {
    if (owner === this && used + size <= SCRATCH_SIZE) return;
    if (owner !== null) owner.#handOver(null);
    owner = this;
    used = 0;
  }

  /** Hands what is encoded to the socket, and bytes after it. */
  #handOver(after: Uint8Array | null): void {
    if (owner === this && used > 0) {
      this.#socket.write(scratch.subarray(0, used));
      used = 0;
    }
    if (after !== null) this.#socket.write(after);
  }

  #grown(size: number): void {
    this.#pending += size;
    if (this.#pending >= HIGH_WATER_MARK) return this.flush();
    grown = true;
    if (this.#waiting) return;
    this.#waiting = true;
    waiting.push(this);
    if (gathering > 0 || scheduled) return;
    scheduled = true;
    quietTurns = 0;
    queueMicrotask(onTurn);
  }
}
