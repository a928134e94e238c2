import type { HandlerFunction } from "../../../mod.ts";

const handler: HandlerFunction = (_req, res) => res.send("a function");
export default handler;
