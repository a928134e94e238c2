/** The handler of the drills. */
import { perThread } from "../../mod.ts";

export default perThread<{ handled: BigInt64Array<SharedArrayBuffer> }>(({ state, thread }) => (req, res) => {
  const { path, query } = req.uri;
  if (path === "/crash") {
    setTimeout(() => {
      throw new Error("The drill crashes its thread");
    }, 0);
    return new Promise(() => {});
  }
  if (path === "/burn") burn(Number(query));
  if (path === "/thread") return res.send(String(thread));
  Atomics.add(state.handled, 0, 1n);
  return res.send("Hello, World!");
});

/** Keeps the thread busy for a number of milliseconds. */
function burn(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
