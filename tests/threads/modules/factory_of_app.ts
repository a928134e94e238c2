import { type HandlerFunction, perThread } from "../../../mod.ts";

const fetch = (request: Request) => new Response(`an app of a factory ${request.method}`);

export default perThread(() => Object.assign((() => {}) as HandlerFunction, { fetch }));
