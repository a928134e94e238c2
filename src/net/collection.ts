/** Buffers below this size leave enough small objects behind as it is. */
const LARGE = 4096;

/** JavaScriptCore collects by what buffers hold: there the litter would only be more to collect. */
const isV8 = !("Bun" in globalThis);

/** Keeps the engine from seeing that the last of what was littered is never used. */
export let litter: unknown[] = [];

/**
 * Lets V8 collect large buffers in time: those of reads, those that come from another thread, and those that a handler
 * has written to one. It looks for dead ones when the space for new small objects is full, and such buffers leave few of
 * those behind; so 64 MiB would gather first, and more while it marks. A quarter of a buffer's size in litter makes the
 * server grow by 19 instead of 76 MiB while it echoes 1 GiB on Node 26, and three threads by 41 (an eighth: 65). It costs
 * 0.05 s of CPU time for each GiB on Node and nothing on Deno, where memory that is soon used again is in the processor's
 * cache; as much litter as there are bytes costs half as much again on both.
 *
 * @param size Bytes of a buffer that has come, or of one that has been copied.
 */
export function collectInTime(size: number): void {
  if (isV8 && size >= LARGE) litter = new Array(size >> 5);
}
