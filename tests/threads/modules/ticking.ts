import { perThread } from "../../../mod.ts";

/** Milliseconds between two signs of life. */
const TICK = 2;

export default perThread<{ ticks: Int32Array<SharedArrayBuffer> }>(({ state: { ticks } }) => {
  Atomics.add(ticks, 0, 1);
  setInterval(() => Atomics.add(ticks, 0, 1), TICK);
  return () => {};
});
