import { perThread } from "../../../mod.ts";

export default perThread<{ text: string }>(async ({ state }) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { handle: (_req, res) => res.send(`${state.text} later`) };
});
