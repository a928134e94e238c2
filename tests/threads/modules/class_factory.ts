import { perThread } from "../../../mod.ts";

export default perThread(() =>
  class {
    handle(): void {}
  } as never
);
