/** Bytes that are read from a file at a time. */
export const READ_SIZE = 128 * 1024;

/** Content of fewer bytes is sent in one call, which copies it. */
export const SMALL = 64 * 1024;

/** Buffers that are kept for later: 4 MiB in each thread. */
const MOST = 32;

const kept: Uint8Array<ArrayBuffer>[] = [];

/** Takes a buffer of {@linkcode READ_SIZE} bytes, whatever they are. */
export function takeBuffer(): Uint8Array<ArrayBuffer> {
  return kept.pop() ?? new Uint8Array(READ_SIZE);
}

/** Gives a buffer back that nothing reads from or writes to any more. */
export function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (kept.length < MOST) kept.push(buffer);
}
