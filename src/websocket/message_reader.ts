import { decodeLatin1 } from "../http/latin1.ts";
import { INVALID_DATA, MESSAGE_TOO_BIG, POLICY_VIOLATION, PROTOCOL_ERROR } from "./close_code.ts";
import { flaw, type FrameFlaw } from "./frame_flaw.ts";
import { FrameHeader } from "./frame_header.ts";
import { MessageBuffer } from "./message_buffer.ts";
import { BINARY, CONTINUATION, isControl, TEXT } from "./opcode.ts";
import { rotateKey, unmask } from "./unmask.ts";
import { UTF8_ACCEPT, UTF8_REJECT, utf8State } from "./utf8_state.ts";

// What MessageReader.next() returns: an opcode of RFC 6455 for what has come in whole, or one of these.

/** All bytes have been read, and the next event needs more. */
export const NEED_MORE = -1;
/** The client broke the protocol or a limit: {@linkcode MessageReader.flaw}. Nothing that follows is read. */
export const FLAWED = -2;
/** A whole message that is compressed: its bytes, and {@linkcode MessageReader.compressedText}. */
export const COMPRESSED = -3;

/** Limits on what a client may send. */
export interface MessageLimits {
  /** Maximum size of a message, in bytes. */
  readonly maxMessageSize: number;
  /** Maximum number of frames of a message. */
  readonly maxFragments: number;
}

const NO_MESSAGE = flaw(PROTOCOL_ERROR, "A continuation frame continues no message");
const IN_MESSAGE = flaw(PROTOCOL_ERROR, "A message begins before the one before it has ended");
const LATE_COMPRESSION = flaw(PROTOCOL_ERROR, "A continuation frame is marked as compressed");
const NOT_UTF8 = flaw(INVALID_DATA, "A text message is not UTF-8");
const TOO_MANY_FRAGMENTS = flaw(POLICY_VIOLATION, "A message has too many fragments");
/** The flaw of a message above {@linkcode MessageLimits.maxMessageSize}. */
export const TOO_BIG: FrameFlaw = flaw(MESSAGE_TOO_BIG, "A message is too big");

const EMPTY = new Uint8Array(0);

/** Validates while it decodes. A byte order mark is a character of the message. */
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that compression may add to a message that it cannot compress: stored blocks, RFC 1951 section 3.2.4. */
function compressedRoom(size: number): number {
  return size + (size >>> 3) + 1024;
}

/**
 * Reads a client's frames: bytes in, messages and control frames out. It does no I/O and decides no answers.
 *
 * Feed it the bytes of a read, then call {@linkcode MessageReader.next} until it needs more. Masks are removed in the bytes
 * themselves. Text that is not UTF-8 is refused at the first byte that shows it.
 */
export class MessageReader {
  /** The message, after `TEXT`. */
  text = "";
  /**
   * The message after `BINARY` or {@linkcode COMPRESSED}, or the payload after a control frame. Unless
   * {@linkcode MessageReader.owned}, the bytes lie in what was fed, and are to be copied by whoever keeps them.
   */
  bytes: Uint8Array = EMPTY;
  /** Whether the bytes have an `ArrayBuffer` for themselves. */
  owned = false;
  /** Whether a {@linkcode COMPRESSED} message is text. */
  compressedText = false;
  /** The breach, after {@linkcode FLAWED}. */
  flaw: FrameFlaw | null = null;

  readonly #limits: MessageLimits;
  readonly #header: FrameHeader;

  /** What was fed, and which of it has yet to be read. */
  #input: Uint8Array = EMPTY;
  #at = 0;
  #end = 0;
  #over = false;

  /** Whether the header of a frame has been read whose payload has not come in whole. */
  #inFrame = false;
  /** Number of bytes of the frame's payload that have been read. */
  #read = 0;

  /** `TEXT` or `BINARY` while a message has begun and not ended, else `CONTINUATION`. */
  #type = CONTINUATION;
  #compressed = false;
  #fragments = 0;
  /** Number of bytes that the message's frames have announced. */
  #announced = 0;
  #utf8 = UTF8_ACCEPT;
  /** All bytes of a text OR-ed together. */
  #seen = 0;
  #message: MessageBuffer | null = null;
  /** The payload of a control frame that comes in pieces. */
  #control: MessageBuffer | null = null;

  /**
   * @param limits Limits on what the client may send.
   * @param compression Whether permessage-deflate is in use.
   */
  constructor(limits: MessageLimits, compression = false) {
    this.#limits = limits;
    this.#header = new FrameHeader(compression);
  }

  /** Whether there are bytes that have not been read. */
  get hasInput(): boolean {
    return this.#at < this.#end;
  }

  /** Gives bytes to read. Those before them must have been read. */
  feed(bytes: Uint8Array): void {
    this.#input = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** Adds bytes after those that have not been read, in a buffer of their own. */
  feedLater(bytes: Uint8Array): void {
    const rest = this.#end - this.#at;
    const input = new Uint8Array(rest + bytes.length);
    input.set(this.#input.subarray(this.#at, this.#end));
    input.set(bytes, rest);
    this.feed(input);
  }

  /** Copies the bytes that have not been read, so that the buffer that they came in may be used for others. */
  keep(): void {
    if (this.hasInput) this.feed(this.#input.slice(this.#at, this.#end));
    else this.#finished();
  }

  /** Forgets what has not been read, and what has come of a message, and reads no more. */
  drop(): void {
    this.#finished();
    this.#message = null;
    this.#control = null;
    this.#over = true;
  }

  /**
   * Reads on.
   *
   * @returns `TEXT`, `BINARY` or {@linkcode COMPRESSED} for a message, `PING`, `PONG` or `CLOSE` for a control frame,
   * {@linkcode FLAWED}, or {@linkcode NEED_MORE}.
   */
  next(): number {
    if (this.#over) return NEED_MORE;
    for (;;) {
      if (!this.#inFrame) {
        if (this.#at === this.#end) return this.#finished();
        const after = this.#header.read(this.#input, this.#at, this.#end);
        if (after === -1) {
          return this.#header.flaw === null ? this.#finished() : this.#fail(this.#header.flaw);
        }
        this.#at = after;
        const found = this.#begin();
        if (found !== null) return this.#fail(found);
        this.#inFrame = true;
        this.#read = 0;
      }
      const event = this.#payload();
      if (event !== CONTINUATION) return event;
    }
  }

  #finished(): number {
    // Keeps no read's buffer alive while the client is silent.
    this.#input = EMPTY;
    this.#at = this.#end = 0;
    return NEED_MORE;
  }

  #fail(found: FrameFlaw): number {
    this.flaw = found;
    this.drop();
    return FLAWED;
  }

  /** Checks where a frame stands, and takes up its message. */
  #begin(): FrameFlaw | null {
    const { opcode, length, compressed } = this.#header;
    if (isControl(opcode)) return null;
    if (opcode === CONTINUATION) {
      if (this.#type === CONTINUATION) return NO_MESSAGE;
      if (compressed) return LATE_COMPRESSION;
      if (++this.#fragments > this.#limits.maxFragments) return TOO_MANY_FRAGMENTS;
    } else {
      if (this.#type !== CONTINUATION) return IN_MESSAGE;
      this.#type = opcode;
      this.#compressed = compressed;
      this.#fragments = 1;
      this.#announced = 0;
      this.#utf8 = UTF8_ACCEPT;
      this.#seen = 0;
    }
    this.#announced += length;
    const { maxMessageSize } = this.#limits;
    const room = this.#compressed ? compressedRoom(maxMessageSize) : maxMessageSize;
    return this.#announced > room ? TOO_BIG : null;
  }

  /** Reads payload. Returns `CONTINUATION` where a frame has ended that ends no message. */
  #payload(): number {
    const header = this.#header;
    const start = this.#at;
    const left = header.length - this.#read;
    const end = Math.min(this.#end, start + left);
    const seen = unmask(this.#input, start, end, rotateKey(header.key, this.#read));
    this.#at = end;
    this.#read += end - start;
    const whole = this.#read === header.length;
    if (whole) this.#inFrame = false;
    if (isControl(header.opcode)) return this.#controlPayload(start, end, whole);
    if (whole && header.fin && this.#message === null) return this.#wholeMessage(start, end, seen);
    return this.#piece(start, end, seen, whole);
  }

  #controlPayload(start: number, end: number, whole: boolean): number {
    if (whole && this.#control === null) {
      this.bytes = this.#input.subarray(start, end);
      this.owned = false;
      return this.#header.opcode;
    }
    const control = this.#control ??= new MessageBuffer();
    control.append(this.#input, start, end, this.#header.length - this.#read);
    if (!whole) return this.#finished();
    this.bytes = control.take();
    this.owned = true;
    this.#control = null;
    return this.#header.opcode;
  }

  /** A message that lies in the input in one piece: nothing is put together. */
  #wholeMessage(start: number, end: number, seen: number): number {
    const type = this.#type;
    this.#type = CONTINUATION;
    if (this.#compressed || type === BINARY) {
      this.bytes = this.#input.subarray(start, end);
      this.owned = false;
      this.compressedText = type === TEXT;
      return this.#compressed ? COMPRESSED : BINARY;
    }
    if ((seen | this.#seen) < 0x80) {
      this.text = start === end ? "" : decodeLatin1(this.#input, start, end);
      return TEXT;
    }
    return this.#decode(this.#input.subarray(start, end));
  }

  #piece(start: number, end: number, seen: number, whole: boolean): number {
    const header = this.#header;
    if (this.#type === TEXT && !this.#compressed) {
      this.#seen |= seen;
      if (this.#utf8 !== UTF8_ACCEPT || seen >= 0x80) {
        this.#utf8 = utf8State(this.#utf8, this.#input, start, end);
        if (this.#utf8 === UTF8_REJECT) return this.#fail(NOT_UTF8);
      }
    }
    if (end > start) {
      const message = this.#message ??= new MessageBuffer();
      message.append(this.#input, start, end, header.fin ? header.length - this.#read : Infinity);
    }
    if (!whole) return this.#finished();
    return header.fin ? this.#endOfMessage() : CONTINUATION;
  }

  #endOfMessage(): number {
    const type = this.#type;
    const bytes = this.#message?.take() ?? new Uint8Array(0);
    this.#type = CONTINUATION;
    this.#message = null;
    if (this.#compressed || type === BINARY) {
      this.bytes = bytes;
      this.owned = true;
      this.compressedText = type === TEXT;
      return this.#compressed ? COMPRESSED : BINARY;
    }
    if (this.#utf8 !== UTF8_ACCEPT) return this.#fail(NOT_UTF8);
    if (this.#seen < 0x80) {
      this.text = decodeLatin1(bytes, 0, bytes.length);
      return TEXT;
    }
    return this.#decode(bytes);
  }

  #decode(bytes: Uint8Array): number {
    try {
      this.text = strictDecoder.decode(bytes);
      return TEXT;
    } catch {
      return this.#fail(NOT_UTF8);
    }
  }
}

/**
 * Decodes the text of a message that was compressed.
 *
 * @returns `null` where it is not UTF-8.
 */
export function decodeInflated(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return null;
  }
}
