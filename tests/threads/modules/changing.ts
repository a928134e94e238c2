import { perThread } from "../../../mod.ts";

type State = { text: string; memory: Int32Array<SharedArrayBuffer> };

// What it makes of its state, the program must not see, but for the memory.
export default perThread<State>(({ state }) => {
  const { text } = state;
  state.text = "the thread's own";
  Atomics.add(state.memory, 0, 1);
  return (_req, res) => res.send(text);
});
