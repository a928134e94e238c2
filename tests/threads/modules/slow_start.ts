import { perThread } from "../../../mod.ts";

/** Counts the threads that have begun to load this, and those that can serve. */
export default perThread<{ counts: Int32Array<SharedArrayBuffer> }>(async ({ state, thread }) => {
  Atomics.add(state.counts, 0, 1);
  await new Promise((resolve) => setTimeout(resolve, 200 + 200 * thread));
  Atomics.add(state.counts, 1, 1);
  return (_req, res) => res.send("served");
});
