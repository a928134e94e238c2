import process from "node:process";
import { perThread } from "../../../mod.ts";

/** Milliseconds that the other thread waits for the first one's successor. */
const PATIENCE = 4000;

// The first thread dies once it is ready, and the other is not before that has been replaced.
export default perThread<{ born: Int32Array<SharedArrayBuffer> }>(async ({ state: { born }, thread }) => {
  const before = Atomics.add(born, thread, 1);
  if (thread === 0 && before === 0) setTimeout(() => process.exit(7), 100);
  const deadline = performance.now() + PATIENCE;
  while (thread === 1 && Atomics.load(born, 0) < 2 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return () => {};
});
