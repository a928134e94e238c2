import type { HandlerFunction } from "../../../mod.ts";

/** What a handler may throw that another thread cannot be told as it is. */
const THROWN: Readonly<Record<string, unknown>> = {
  "/code": Object.assign(new Error("with a code"), { code: Symbol("E_OWN") }),
  "/status": Object.assign(new Error("with a status"), { status: () => 500 }),
  "/nothing": Object.assign(Object.create(null), { describe() {} }),
};

const handler: HandlerFunction = (req) => {
  throw THROWN[req.uri.path];
};
export default handler;
