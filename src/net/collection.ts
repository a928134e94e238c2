/** Size in bytes below which buffers come with enough small objects of their own. */
const LARGE = 4096;

/** JavaScriptCore takes the size of buffers into account, and needs no litter. */
const isV8 = !("Bun" in globalThis);

/** The latest litter. It is exported so that the engine does not leave out its allocation as unused. */
export let litter: unknown[] = [];

/**
 * Makes V8 collect large buffers in time: those of reads, those that arrive from another thread, and those
 * that a handler has sent to one. V8 collects when the space for new small objects is full, and large buffers
 * come with few of those: many dead ones would gather first. An array of a quarter of the buffer's size is
 * allocated to fill that space; less lets memory grow, more costs CPU time.
 *
 * @param size Size in bytes of a buffer that has arrived, or has been copied.
 */
export function collectInTime(size: number): void {
  if (isV8 && size >= LARGE) litter = new Array(size >> 5);
}
