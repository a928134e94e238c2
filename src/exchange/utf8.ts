const encoder = new TextEncoder();

/** Length above which the encoder counts faster than a loop. */
const COUNTED_BY_HAND = 24;

/** Buffer for the encoder, large enough for any text of a third as many characters. */
const scratch = new Uint8Array(16 * 1024);
const MAX_SCRATCH = Math.floor(scratch.length / 3);

/** Encodes text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Number of bytes of a text in UTF-8; equal to its length if it is ASCII. A lone surrogate counts as U+FFFD.
 */
export function byteLength(text: string): number {
  if (text.length <= COUNTED_BY_HAND) return countByHand(text);
  if (text.length <= MAX_SCRATCH) return encoder.encodeInto(text, scratch).written;
  return encoder.encode(text).length;
}

function countByHand(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) {
      size += 1;
    } else if (code >= 0xd800 && code <= 0xdbff && isLowSurrogate(text, i + 1)) {
      size += 2;
      i++;
    } else {
      size += 2;
    }
  }
  return size;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = at < text.length ? text.charCodeAt(at) : 0;
  return code >= 0xdc00 && code <= 0xdfff;
}
