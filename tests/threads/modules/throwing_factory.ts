import { perThread } from "../../../mod.ts";

export default perThread(() => {
  throw new RangeError("the factory was not to be called");
});
