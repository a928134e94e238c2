/** The parts of a client's frame; whatever is left out is as in a plain, whole text frame. */
export interface FrameParts {
  readonly fin?: boolean;
  /** RSV1 to RSV3 as a number, RSV1 highest. */
  readonly rsv?: number;
  readonly opcode?: number;
  readonly payload?: string | Uint8Array;
  /** Not masked where `null`. */
  readonly mask?: readonly number[] | null;
  /** The length that the header announces, in the fewest bytes or in the given form. */
  readonly length?: number;
  readonly lengthForm?: 7 | 16 | 64;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The mask of frames in tests, unless they choose another. */
export const MASK: readonly number[] = [0x37, 0xfa, 0x21, 0x3d];

/** Bytes of text as UTF-8, or of numbers. */
export function bytesOf(...parts: readonly (string | number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return concat(parts.map((part) => {
    if (typeof part === "string") return encoder.encode(part);
    return typeof part === "number" ? new Uint8Array([part]) : part;
  }));
}

/** Joins pieces of bytes. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** A frame as a client sends it. */
export function clientFrame(parts: FrameParts = {}): Uint8Array<ArrayBuffer> {
  const { fin = true, rsv = 0, opcode = 1, mask = MASK } = parts;
  const payload = bytesOf(parts.payload ?? "");
  const length = parts.length ?? payload.length;
  const form = parts.lengthForm ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const second = mask === null ? 0 : 0x80;
  const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode];
  if (form === 7) head.push(second | length);
  else if (form === 16) head.push(second | 126, length >>> 8, length & 0xff);
  else {
    head.push(second | 127);
    for (let byte = 7; byte >= 0; byte--) head.push(Math.floor(length / 2 ** (8 * byte)) % 256);
  }
  if (mask !== null) head.push(...mask);
  const masked = mask === null ? payload : payload.map((byte, i) => byte ^ mask[i % 4]!);
  return bytesOf(new Uint8Array(head), masked);
}

/** A client's close frame. */
export function closeFrame(code?: number, reason: string | Uint8Array = ""): Uint8Array<ArrayBuffer> {
  const payload = code === undefined ? new Uint8Array(0) : bytesOf(code >>> 8, code & 0xff, reason);
  return clientFrame({ opcode: 8, payload });
}

/** A frame as the server sends it. */
export interface ServerFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Parses what a server has sent; throws where it is no sequence of whole, unmasked frames of minimal length. */
export function serverFrames(bytes: Uint8Array): ServerFrame[] {
  const { frames, rest } = serverFramesAndRest(bytes);
  if (rest !== 0) throw new Error(`The server has sent ${rest} bytes of a frame that is not whole`);
  return frames;
}

/** Parses whole frames, and counts the bytes after them. */
export function serverFramesAndRest(bytes: Uint8Array): { frames: ServerFrame[]; rest: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ServerFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const first = view.getUint8(at);
    const second = view.getUint8(at + 1);
    if (second >= 0x80) throw new Error("The server has masked a frame");
    const head = second < 126 ? 2 : second === 126 ? 4 : 10;
    if (bytes.length - at < head) break;
    const length = second < 126
      ? second
      : second === 126
      ? view.getUint16(at + 2)
      : Number(view.getBigUint64(at + 2));
    if (second >= 126 && length < (second === 126 ? 126 : 65536)) {
      throw new Error("The length is not minimal");
    }
    if (bytes.length - at < head + length) break;
    frames.push({
      fin: (first & 0x80) !== 0,
      rsv: first >>> 4 & 7,
      opcode: first & 15,
      payload: bytes.slice(at + head, at + head + length),
    });
    at += head + length;
  }
  return { frames, rest: bytes.length - at };
}

/** A short text for each frame, as `text "hello"` or `close 1002 "words"`. */
export function describe(frame: ServerFrame): string {
  const { fin, rsv, opcode, payload } = frame;
  const name = ["continuation", "text", "binary", , , , , , "close", "ping", "pong"][opcode] ??
    `opcode ${opcode}`;
  const marks = `${fin ? "" : " unfinished"}${rsv === 0 ? "" : ` rsv ${rsv}`}`;
  if (opcode === 8) {
    if (payload.length === 0) return `close${marks}`;
    const words = decoder.decode(payload.subarray(2));
    return `close${marks} ${payload[0]! << 8 | payload[1]!}${
      words === "" ? "" : ` ${JSON.stringify(words)}`
    }`;
  }
  if (opcode === 1) return `text${marks} ${JSON.stringify(decoder.decode(payload))}`;
  return `${name}${marks} [${Array.from(payload.subarray(0, 16)).join(" ")}${
    payload.length > 16 ? " ..." : ""
  }]`;
}
