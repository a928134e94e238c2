import { type HandlerFunction, perThread } from "../../../mod.ts";

export default perThread(() => undefined as unknown as HandlerFunction);
