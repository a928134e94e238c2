import process from "node:process";
import { perThread } from "../../../mod.ts";

/** Milliseconds that the other thread waits for the first one's successor. */
const PATIENCE = 15_000;

/**
 * Turns of 50 ms that the first thread lives: turns rather than a time, for on a busy machine it is ready
 * later.
 */
const LIFE = 10;

function die(turns: number): void {
  if (turns === 0) process.exit(7);
  setTimeout(die, 50, turns - 1);
}

// The first thread dies once it is ready, and the other is not before that has been replaced.
export default perThread<{ born: Int32Array<SharedArrayBuffer> }>(async ({ state: { born }, thread }) => {
  const before = Atomics.add(born, thread, 1);
  if (thread === 0 && before === 0) die(LIFE);
  const deadline = performance.now() + PATIENCE;
  while (thread === 1 && Atomics.load(born, 0) < 2 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return () => {};
});
