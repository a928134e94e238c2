const decoder = new TextDecoder();

/** From how many bytes on the call into a `TextDecoder` pays: 48 on Deno, 32 on Node, 10 on Bun. */
const LONG = 32;

/** From how many bytes on the call into a `Buffer` pays: it takes 50 ns on Node and 35 on Bun. */
const LONG_IN_BUFFER = 12;

/** A `Buffer`, as the sockets of Node and Bun bring them, knows Latin-1. */
interface WithLatin1 {
  readonly latin1Slice?: (start: number, end: number) => string;
}

/** How many arguments `String.fromCharCode` gets at once; engines have room for some ten thousand. */
const CHUNK = 1024;

/**
 * Decodes bytes as Latin-1 (ISO 8859-1): each byte is the code point of the same number.
 *
 * `TextDecoder` has no Latin-1: by the Encoding standard, `latin1` is a label of windows-1252, which differs
 * from 0x80 to 0x9F. But UTF-8 agrees with Latin-1 on ASCII, and it is the fastest way to decode that: 750
 * bytes take 0.17 us on Deno and Node and 0.4 us on Bun, against 2 and 4 us by character codes. Every byte
 * that is not ASCII gives itself away: a well-formed sequence makes the text shorter than the bytes, a
 * malformed one leaves U+FFFD.
 *
 * @param bytes Where the text lies.
 * @param start The first byte's index.
 * @param end The index behind the last byte.
 * @returns A string of `end - start` characters, none above U+00FF.
 */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  const inBuffer: Uint8Array & WithLatin1 = bytes;
  if (length >= LONG_IN_BUFFER && inBuffer.latin1Slice !== undefined) return inBuffer.latin1Slice(start, end);
  if (length <= LONG) return decodeCodes(bytes, start, end);
  const text = decoder.decode(bytes.subarray(start, end));
  if (text.length === length && !text.includes("\uFFFD")) return text;
  let decoded = "";
  for (let at = start; at < end; at += CHUNK) decoded += decodeCodes(bytes, at, Math.min(at + CHUNK, end));
  return decoded;
}

/**
 * Decodes by character codes. For 10 to 32 bytes an array of them is up to twice as fast as a string that
 * grows (16 bytes: 70 to 130 ns against 210 to 240 ns).
 */
function decodeCodes(bytes: Uint8Array, start: number, end: number): string {
  const codes = new Array<number>(end - start);
  for (let i = start; i < end; i++) codes[i - start] = bytes[i] as number;
  return String.fromCharCode.apply(null, codes);
}

/**
 * Encodes text as Latin-1.
 *
 * @param text No character above U+00FF.
 */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
