import { assert } from "@std/assert";

export const MIB = 1024 * 1024;

/** Maximum number of bytes in the sockets of both ends, far below the number that is sent. */
export const IN_BETWEEN = 24 * MIB;

/** Maximum growth of a server's memory while it forwards or holds back far more. */
const GROWTH = 64 * MIB;

/** Milliseconds within which a server that reads accepts some of the available data. */
const PATIENCE = 300;

/** Fails if the memory of a server's process has grown more than its buffers allow. */
export function assertGrowth(server: { memory(): number }, before: number): void {
  const growth = server.memory() - before;
  assert(growth < GROWTH, `the server's memory grew by ${Math.round(growth / MIB)} MiB`);
}

/** Checks that the server accepts no data for a while. */
export async function isHeldBack(sending: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), PATIENCE);
  sending.then(() => resolve(false), () => resolve(false));
  const heldBack = await promise;
  clearTimeout(timer);
  return heldBack;
}
