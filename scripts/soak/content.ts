/** Content that both ends of the soak know. */

/** Bytes of a piece of a streamed response. */
export const PIECE = 4096;

/** The checksum of no bytes. */
export const START = 17;

/** Continues a checksum that depends on the order of the bytes. */
export function checksum(sum: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) sum = (Math.imul(sum, 31) + bytes[i]!) | 0;
  return sum;
}

/** A piece of a streamed response: each byte is its number modulo 256. */
export function streamPiece(number: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(PIECE).fill(number & 255);
}
