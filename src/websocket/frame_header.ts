import { MESSAGE_TOO_BIG, PROTOCOL_ERROR } from "./close_code.ts";
import { flaw, type FrameFlaw } from "./frame_flaw.ts";
import { FIN, isControl, isOpcode, MAX_CONTROL_PAYLOAD, RSV1 } from "./opcode.ts";

// RFC 6455 section 5.2:
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-------+-+-------------+-------------------------------+
//   |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//   |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
//   |N|V|V|V|       |S|             |   (if payload len==126/127)   |
//   | |1|2|3|       |K|             |                               |
//   +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
//   |     Extended payload length continued, if payload len == 127  |
//   + - - - - - - - - - - - - - - - +-------------------------------+
//   |                               |Masking-key, if MASK set to 1  |
//   +-------------------------------+-------------------------------+

/** Size of the largest header of a client's frame, in bytes. */
const MAX_HEADER = 14;

const MASKED = 0x80;

const RESERVED_BIT = flaw(PROTOCOL_ERROR, "A reserved bit is set");
const RESERVED_OPCODE = flaw(PROTOCOL_ERROR, "The opcode is reserved");
const FRAGMENTED_CONTROL = flaw(PROTOCOL_ERROR, "A control frame is fragmented");
const LONG_CONTROL = flaw(PROTOCOL_ERROR, "A control frame has more than 125 bytes");
const COMPRESSED_CONTROL = flaw(PROTOCOL_ERROR, "A control frame is compressed");
const NOT_MASKED = flaw(PROTOCOL_ERROR, "A frame is not masked");
const NOT_MINIMAL = flaw(PROTOCOL_ERROR, "The payload length is not encoded in the fewest bytes");
const NEGATIVE_LENGTH = flaw(PROTOCOL_ERROR, "The payload length has its highest bit set");
const HUGE_LENGTH = flaw(MESSAGE_TOO_BIG, "The payload length is above 2^53 - 1");

/**
 * Parses headers of a client's frames, with their bytes in pieces of any size.
 *
 * Checks all that a header tells by itself, at the first byte that shows it. Where a frame may stand is for
 * {@linkcode MessageReader} to check.
 */
export class FrameHeader {
  /** Whether it is the last frame of its message. */
  fin = false;
  /** Whether it begins a compressed message. */
  compressed = false;
  opcode = 0;
  /** Payload length, in bytes. */
  length = 0;
  /** The masking key, its first byte lowest. */
  key = 0;
  /** Why the header is invalid; `null` while it is not. */
  flaw: FrameFlaw | null = null;
  readonly #compression: boolean;
  /** The bytes of a header that came in pieces; made when one does. */
  #partial: Uint8Array | null = null;
  #held = 0;

  /** @param compression Whether permessage-deflate is in use, which RSV1 belongs to. */
  constructor(compression: boolean) {
    this.#compression = compression;
  }

  /** Whether nothing of the next header has come. */
  get atStart(): boolean {
    return this.#held === 0;
  }

  /**
   * Reads a header, or a piece of it.
   *
   * @param bytes What came.
   * @param start Index of the first byte.
   * @param end Index after the last byte.
   * @returns The index after the header; -1 where more is needed, or where there is a {@linkcode FrameHeader.flaw}.
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (this.#held === 0 && end - start >= 2) {
      const second = bytes[start + 1] as number;
      const size = headerSize(second);
      if (end - start >= size) {
        this.#parse(bytes, start, second);
        return this.flaw === null ? start + size : -1;
      }
    }
    return this.#collect(bytes, start, end);
  }

  #collect(bytes: Uint8Array, start: number, end: number): number {
    const partial = this.#partial ??= new Uint8Array(MAX_HEADER);
    for (let at = start; at < end; at++) {
      partial[this.#held++] = bytes[at] as number;
      const first = partial[0] as number;
      if (this.#held === 1) this.flaw = this.#flawOfFirst(first);
      else if (this.#held === 2) this.flaw = flawOfSecond(first, partial[1] as number);
      if (this.flaw !== null) return -1;
      if (this.#held >= 2 && this.#held === headerSize(partial[1] as number)) {
        this.#held = 0;
        this.#parse(partial, 0, partial[1] as number);
        return this.flaw === null ? at + 1 : -1;
      }
    }
    return -1;
  }

  #parse(bytes: Uint8Array, start: number, second: number): void {
    const first = bytes[start] as number;
    this.flaw = this.#flawOfFirst(first) ?? flawOfSecond(first, second);
    if (this.flaw !== null) return;
    this.fin = (first & FIN) !== 0;
    this.compressed = (first & RSV1) !== 0;
    this.opcode = first & 0xf;
    let at = start + 2;
    const short = second & 0x7f;
    if (short < 126) {
      this.length = short;
    } else if (short === 126) {
      this.length = bytes[at]! << 8 | bytes[at + 1]!;
      if (this.length < 126) this.flaw = NOT_MINIMAL;
      at += 2;
    } else {
      this.#parseLong(bytes, at);
      at += 8;
    }
    this.key = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
  }

  #parseLong(bytes: Uint8Array, at: number): void {
    const high = (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
    const low = (bytes[at + 4]! << 24 | bytes[at + 5]! << 16 | bytes[at + 6]! << 8 | bytes[at + 7]!) >>> 0;
    if (high >= 0x8000_0000) this.flaw = NEGATIVE_LENGTH;
    else if (high > 0x1f_ffff) this.flaw = HUGE_LENGTH;
    this.length = high * 0x1_0000_0000 + low;
    if (this.length < 0x1_0000) this.flaw = NOT_MINIMAL;
  }

  #flawOfFirst(first: number): FrameFlaw | null {
    const opcode = first & 0xf;
    if ((first & (this.#compression ? 0x30 : 0x70)) !== 0) return RESERVED_BIT;
    if (!isOpcode(opcode)) return RESERVED_OPCODE;
    if (!isControl(opcode)) return null;
    if ((first & FIN) === 0) return FRAGMENTED_CONTROL;
    return (first & RSV1) === 0 ? null : COMPRESSED_CONTROL;
  }
}

function headerSize(second: number): number {
  const short = second & 0x7f;
  return short < 126 ? 6 : short === 126 ? 8 : MAX_HEADER;
}

function flawOfSecond(first: number, second: number): FrameFlaw | null {
  if ((second & MASKED) === 0) return NOT_MASKED;
  return isControl(first & 0xf) && (second & 0x7f) > MAX_CONTROL_PAYLOAD ? LONG_CONTROL : null;
}

/** Size of the header of a server's frame, in bytes. */
export function sentHeaderSize(length: number): number {
  return length < 126 ? 2 : length < 0x1_0000 ? 4 : 10;
}

/**
 * Writes the header of a server's frame, which is never masked.
 *
 * @param target Gets it.
 * @param at Where it begins.
 * @param first Its first byte: FIN, RSV1 and the opcode.
 * @param length Payload length, in bytes.
 * @returns The index after it.
 */
export function writeFrameHeader(target: Uint8Array, at: number, first: number, length: number): number {
  target[at++] = first;
  if (length < 126) {
    target[at++] = length;
    return at;
  }
  if (length < 0x1_0000) {
    target[at++] = 126;
  } else {
    target[at++] = 127;
    const high = Math.floor(length / 0x1_0000_0000);
    target[at++] = 0;
    target[at++] = high >>> 16;
    target[at++] = high >>> 8;
    target[at++] = high;
    target[at++] = length >>> 24;
    target[at++] = length >>> 16;
  }
  target[at++] = length >>> 8;
  target[at++] = length;
  return at;
}
