import type { Handler } from "./handler.ts";
import type { RemoteAddress } from "../http/request.ts";

/** A Fetch handler. */
export type FetchFunction = (
  request: globalThis.Request,
  info: { readonly remoteAddress: RemoteAddress },
) => globalThis.Response | Promise<globalThis.Response>;

/** Makes a handler of a Fetch function. */
export function fetchHandler(fetch: FetchFunction): Handler {
  return {
    async handle(req, res) {
      const answer = await fetch(req.toWeb(), { remoteAddress: req.remoteAddress });
      res.status = answer.status;
      for (const [name, value] of answer.headers) res.headers.append(name, value);
      if (answer.body === null) res.send();
      else await res.send(answer.body);
    },
  };
}
