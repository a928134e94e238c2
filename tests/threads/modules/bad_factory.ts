import { type HandlerFunction, perThread } from "../../../mod.ts";

export default perThread(() => "no handler" as unknown as HandlerFunction);
