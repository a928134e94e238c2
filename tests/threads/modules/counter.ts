import { perThread } from "../../../mod.ts";

// hyper's example of an `AtomicUsize`.
export default perThread<{ hits: BigInt64Array<SharedArrayBuffer> }>(({ state, thread }) => (_req, res) => {
  Atomics.add(state.hits, 0, 1n);
  Atomics.add(state.hits, 1 + thread, 1n);
  return res.send();
});
