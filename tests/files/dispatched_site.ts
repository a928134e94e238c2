/** The module of a handler that serves the folder of its state. */
import { type Handler, perThread } from "../../mod.ts";
import { files } from "../../src/files.ts";

export default perThread<{ readonly root: string }>(({ state }): Handler => {
  const { handle } = files({ root: state.root });
  return { handle };
});
