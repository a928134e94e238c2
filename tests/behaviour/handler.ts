import type {
  ConnectionInfo,
  ExpectingHead,
  Fresh,
  Handler,
  HandlerFunction,
  Request,
  Response,
} from "../../mod.ts";
import { connectionRoutes } from "./routes_connection.ts";
import { report, reportOn } from "./report.ts";
import { inspect, requestRoutes } from "./routes_request.ts";
import { responseRoutes } from "./routes_response.ts";
import { settlingRoutes } from "./routes_settling.ts";
import { silenceRoutes } from "./routes_silence.ts";
import { streamingRoutes } from "./routes_streaming.ts";

const ROUTES: ReadonlyMap<string, HandlerFunction> = new Map(Object.entries({
  ...connectionRoutes,
  ...requestRoutes,
  ...responseRoutes,
  ...settlingRoutes,
  ...silenceRoutes,
  ...streamingRoutes,
}));

/** The connections that have started and not ended. */
const open = new WeakSet<ConnectionInfo>();

/** The handler of the behaviours, with the routes of each. */
export const handler: Handler = {
  handle(req: Request, res: Response<Fresh>): void | Promise<void> {
    const path = req.method === "CONNECT" ? `CONNECT ${req.uri.authority}` : req.uri.path;
    return (ROUTES.get(path) ?? inspect)(req, res);
  },

  checkContinue(head: ExpectingHead): number | Promise<number> {
    reportOn(head, "checkContinue", { method: head.method, path: head.uri.path, version: head.version });
    switch (head.uri.path) {
      case "/expect/refuse":
        return Number(head.headers.get("content-length")) > 10 ? 413 : 100;
      case "/expect/refuse-later":
        return Promise.resolve().then(() => 403);
      case "/expect/throw":
        throw new Error("checkContinue threw");
      default:
        return 100;
    }
  },

  onConnectionStart(connection: ConnectionInfo): void {
    open.add(connection);
    report("connectionStart", { ...connection.remoteAddress });
  },

  onConnectionEnd(connection: ConnectionInfo): void {
    report("connectionEnd", { ...connection.remoteAddress, started: open.delete(connection) });
  },
};

export default handler;
