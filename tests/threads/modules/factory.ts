import { perThread } from "../../../mod.ts";

export default perThread<{ text: string }>(({ state, thread }) => (_req, res) =>
  res.send(`${state.text} ${thread}`)
);
