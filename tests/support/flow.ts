import { assert } from "@std/assert";

export const MIB = 1024 * 1024;

/** What the sockets of both ends hold at most on the way between client and server, far below what is sent. */
export const IN_BETWEEN = 24 * MIB;

/** How much a server's memory may grow while it passes on or holds back far more. */
const GROWTH = 64 * MIB;

/** Milliseconds in which a server that reads takes some of what is there. */
const PATIENCE = 300;

/** Fails if the memory of a server's process has grown as no buffer is to make it grow. */
export function assertGrowth(server: { memory(): number }, before: number): void {
  const growth = server.memory() - before;
  assert(growth < GROWTH, `the server's memory grew by ${Math.round(growth / MIB)} MiB`);
}

/** Whether the server takes nothing of what is being sent for a while. */
export async function isHeldBack(sending: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), PATIENCE);
  sending.then(() => resolve(false), () => resolve(false));
  const heldBack = await promise;
  clearTimeout(timer);
  return heldBack;
}
