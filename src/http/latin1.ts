const decoder = new TextDecoder();

/** Minimum number of bytes for a `TextDecoder`: below it, the cost of the call exceeds the gain. */
const LONG = 32;

/** Minimum number of bytes for `latin1Slice()`: below it, the cost of the call exceeds the gain. */
const LONG_IN_BUFFER = 12;

/** The method of a `Buffer` that decodes Latin-1. The sockets of Node and Bun deliver `Buffer`s. */
interface WithLatin1 {
  readonly latin1Slice?: (start: number, end: number) => string;
}

/** Number of arguments in one call of `String.fromCharCode`; engines accept some ten thousand. */
const CHUNK = 1024;

/**
 * Decodes bytes as Latin-1 (ISO 8859-1): each byte is the code point of the same number.
 *
 * `TextDecoder` has no Latin-1: in the Encoding standard, `latin1` is a label of windows-1252, which differs
 * from 0x80 to 0x9F. But UTF-8 equals Latin-1 on ASCII, and the UTF-8 decoder is the fastest way to decode
 * ASCII. Any other byte shows in the result: a well-formed sequence makes the text shorter than the bytes,
 * and a malformed sequence leaves U+FFFD.
 *
 * @param bytes The bytes that contain the text.
 * @param start Index of the first byte.
 * @param end Index after the last byte.
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

/** Decodes by character codes. For short texts an array of codes is faster than a string that grows. */
function decodeCodes(bytes: Uint8Array, start: number, end: number): string {
  const codes = new Array<number>(end - start);
  for (let i = start; i < end; i++) codes[i - start] = bytes[i] as number;
  return String.fromCharCode.apply(null, codes);
}

/**
 * Encodes text as Latin-1.
 *
 * @param text Text without characters above U+00FF.
 */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
