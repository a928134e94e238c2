import { perThread } from "../../../mod.ts";

export default perThread<{ only?: number }>(async ({ thread }) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  // The others are ready when this one fails.
  if (thread === 1) throw new RangeError("the factory of thread 1 rejected");
  return (_req, res) => res.send();
});
