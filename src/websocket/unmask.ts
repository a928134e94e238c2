/** From this size on, in bytes, making a view of 32-bit words costs less than going byte by byte: see `scripts/bench`. */
const WORDS_PAY = 256;

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Turns a masking key so that it can be used from a byte in the middle of the payload.
 *
 * @param key The masking key, its first byte lowest.
 * @param offset How far into the payload that byte is.
 */
export function rotateKey(key: number, offset: number): number {
  const bits = (offset & 3) << 3;
  return bits === 0 ? key : key >>> bits | key << (32 - bits);
}

/**
 * Removes the mask of a payload in place, RFC 6455 section 5.3.
 *
 * @param bytes Holds the payload, or a piece of it.
 * @param start Index of the first byte.
 * @param end Index after the last byte.
 * @param key The masking key; its lowest byte is for the byte at `start`.
 * @returns All unmasked bytes OR-ed together, so below `0x80` where the piece is ASCII.
 */
export function unmask(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (end - start >= WORDS_PAY && LITTLE_ENDIAN) return unmaskWords(bytes, start, end, key);
  return unmaskBytes(bytes, start, end, key);
}

function unmaskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const key0 = key & 0xff;
  const key1 = key >>> 8 & 0xff;
  const key2 = key >>> 16 & 0xff;
  const key3 = key >>> 24;
  let seen = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    seen |= (bytes[at]! ^= key0) | (bytes[at + 1]! ^= key1) | (bytes[at + 2]! ^= key2) |
      (bytes[at + 3]! ^= key3);
  }
  if (at < end) seen |= bytes[at]! ^= key0;
  if (at + 1 < end) seen |= bytes[at + 1]! ^= key1;
  if (at + 2 < end) seen |= bytes[at + 2]! ^= key2;
  return seen;
}

function unmaskWords(bytes: Uint8Array, start: number, end: number, key: number): number {
  const aligned = start + (-(bytes.byteOffset + start) & 3);
  let seen = unmaskBytes(bytes, start, aligned, key);
  const wordKey = rotateKey(key, aligned - start) | 0;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, (end - aligned) >>> 2);
  let all = 0;
  for (let i = 0; i < words.length; i++) all |= words[i]! ^= wordKey;
  seen |= (all | all >>> 8 | all >>> 16 | all >>> 24) & 0xff;
  return seen | unmaskBytes(bytes, aligned + 4 * words.length, end, wordKey);
}
