/**
 * The server of `semantics_test.ts`. The path decides the actions of the handler. Several servers run in one
 * process with different options; the first prints its port, and responds to `/ports` with the ports of all.
 *
 * A test controls a handler over a second connection: `/log?<id>` lists the events of the request with that
 * id, and `/open?<id>` lets its handler continue.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type Handler, type Request, Server, type ServerOptions } from "../../mod.ts";
import { Deliberate, type FreshResponse, gate, log, logs, nameOf, type Routes } from "./semantics_journal.ts";
import { connectionRoutes, tunnels } from "./semantics_routes_connection.ts";
import { answerStatus, responseRoutes } from "./semantics_routes_response.ts";

const errors: string[] = [];
const connections = { started: 0, ended: 0 };
const ports: Record<string, number> = {};

const routes: Routes = {
  "/ports": (_req, res) => res.send(JSON.stringify(ports)),
  "/log": (_req, res, id) => res.send(JSON.stringify(logs.get(id) ?? [])),
  "/errors": (_req, res) => res.send(JSON.stringify(errors)),
  "/connections": (_req, res) => res.send(JSON.stringify(connections)),
  "/open": (_req, res, id) => {
    gate(id).resolve();
    res.send();
  },

  "/hello": (_req, res) => res.send("hello"),
  "/empty": () => {},
  "/delayed": async (_req, res) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    res.send("delayed");
  },
  "/gated": async (_req, res, id) => {
    log(id, "called");
    await gate(id).promise;
    log(id, "answered");
    res.send(id);
  },
  "/echo": async (req, res) => res.send(await req.bytes()),
  "/read": async (req, res, id) => {
    log(id, "called");
    try {
      const size = (await req.bytes()).length;
      log(id, `read ${size}`);
      res.send(String(size));
    } catch (error) {
      log(id, nameOf(error));
      throw error;
    }
  },
  "/gated-read": async (req, res, id) => {
    log(id, "called");
    await gate(id).promise;
    const reading = req.text();
    log(id, "reading");
    res.send(await reading);
  },
  "/unread": (_req, res, id) => {
    if (id !== "") log(id, "called");
    res.send("unread");
  },
  ...responseRoutes,
  ...connectionRoutes,
};

function handle(req: Request, res: FreshResponse): void | Promise<void> {
  const { uri } = req;
  if (req.method === "CONNECT") return tunnels[uri.raw.slice(uri.raw.lastIndexOf(":") + 1)]!(req, res, "");
  const [, kind, status] = uri.path.split("/");
  if (kind === "status") return answerStatus(res, Number(status), uri.query ?? "");
  return routes[uri.path]!(req, res, uri.query ?? "");
}

const plain: Handler = {
  handle,
  onConnectionStart: () => void connections.started++,
  onConnectionEnd: () => void connections.ended++,
};

const checking: Handler = {
  handle,
  async checkContinue(head) {
    const id = head.uri.query ?? "";
    log(id, `checked ${head.method} ${head.headers.get("content-length")}`);
    await Promise.resolve();
    if (head.uri.path === "/throw") throw new Deliberate("secret");
    return head.uri.path === "/unread" ? 401 : 100;
  },
};

const onError = (error: unknown) => void errors.push(`${nameOf(error)}: ${(error as Error).message}`);
process.on("unhandledRejection", (error) => console.error("unhandled rejection:", error));
process.on("uncaughtException", (error) => console.error("uncaught exception:", error));

const servers: Record<string, [Handler, ServerOptions]> = {
  default: [plain, {}],
  checking: [checking, {}],
  short: [plain, { timeouts: { headers: 300, idle: 300 } }],
  // The limit for the head stays long, because another case tests it.
  brief: [plain, { timeouts: { idle: 300, receive: 300, send: 500 } }],
  patient: [plain, { timeouts: { headers: 3000, idle: 3000, receive: 3000 } }],
  three: [plain, { limits: { maxRequestsPerConnection: 3 } }],
  one: [plain, { limits: { maxRequestsPerConnection: 1 } }],
  two: [plain, { limits: { maxConnections: 2 } }],
};
const listening = await Promise.all(
  Object.entries(servers).map(async ([name, [handler, options]]) => {
    const server = await Server.http("127.0.0.1:0", { ...options, onError }).handle(handler);
    ports[name] = (server.address as { port: number }).port;
    return server;
  }),
);
const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), "utf8");
const secure = await Server.https("127.0.0.1:0", {
  cert: pem("cert"),
  key: pem("key"),
  timeouts: { handshake: 300 },
  onError,
}).handle(plain);
ports["tls"] = (secure.address as { port: number }).port;
console.log(JSON.stringify({ port: ports["default"] }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await Promise.all([...listening, secure].map((server) => server.close({ deadline: 500 })));
  process.exit(0);
});
