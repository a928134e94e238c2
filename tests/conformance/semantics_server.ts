/**
 * The server of `semantics_test.ts`: what a handler does is decided by the path. Several servers run side by side, with
 * different options; the first prints its port, and answers `/ports` with those of all.
 *
 * A test drives a handler over a second connection: `/log?<id>` tells what happened to the request of that id, and
 * `/open?<id>` lets it go on.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import {
  type Fresh,
  type Handler,
  type Request,
  type Response,
  Server,
  type ServerOptions,
} from "../../mod.ts";

type FreshResponse = Response<Fresh>;
type Route = (req: Request, res: FreshResponse, id: string) => void | Promise<void>;

/** An error that a route throws on purpose. */
class Deliberate extends Error {
  override readonly name: string = "Deliberate";
}

const logs: Map<string, string[]> = new Map();
const gates: Map<string, PromiseWithResolvers<void>> = new Map();
const errors: string[] = [];
const connections = { started: 0, ended: 0 };
const ports: Record<string, number> = {};

function log(id: string, event: string): void {
  const events = logs.get(id);
  if (events === undefined) logs.set(id, [event]);
  else events.push(event);
}

function gate(id: string): PromiseWithResolvers<void> {
  let found = gates.get(id);
  if (found === undefined) gates.set(id, found = Promise.withResolvers());
  return found;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** What happens when `action` is tried: `done`, or the name of the error. */
function attempt(action: () => unknown): string {
  try {
    action();
    return "done";
  } catch (error) {
    return nameOf(error);
  }
}

const KIB_64 = new Uint8Array(65536).fill(0x7a);

/** Strings that would split the message, or that no byte can carry. */
const BAD_TEXTS = [
  "a\rb",
  "a\nb",
  "a\r\nb",
  "a\0b",
  "a\u0100b",
  "a\u010ab",
  "a\u010db",
  "a\u{1f600}b",
  "a\u200bb",
];

const routes: Record<string, Route> = {
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

  "/streamed": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("str");
    await streaming.write("");
    await streaming.write("eamed");
  },
  "/stream": (_req, res) =>
    res.send(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("stream"));
          controller.close();
        },
      }),
    ),
  "/blob": (_req, res) => res.send(new Blob(["blob"])),
  "/streamed-length": async (_req, res) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hello");
  },
  "/head-length": (_req, res) => {
    res.headers.set("content-length", "12345");
    res.send();
  },
  "/streamed-head-length": (_req, res) => {
    res.headers.set("content-length", "12345");
    res.start();
  },
  "/more": async (_req, res, id) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hel");
    await streaming.write("loo").catch((error) => log(id, nameOf(error)));
    await streaming.write("lo");
  },
  "/fewer": async (_req, res) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hel");
  },
  "/send-mismatch": (_req, res, id) => {
    res.headers.set("content-length", "3");
    log(id, attempt(() => res.send("hello")));
    res.headers.delete("content-length");
    res.send("hello");
  },
  "/bad-length": (_req, res, id) => {
    for (const bad of ["-1", "+5", "5.0", "0x5", "5, 5", "five", ""]) {
      res.headers.set("content-length", bad);
      log(id, attempt(() => res.send("hello")));
    }
    res.headers.delete("content-length");
    res.send("hello");
  },
  "/bad-coding": (_req, res, id) => {
    for (const bad of ["gzip", "gzip, chunked", "identity", ""]) {
      res.headers.set("transfer-encoding", bad);
      log(id, attempt(() => res.send("hello")));
    }
    res.headers.delete("transfer-encoding");
    res.send("hello");
  },
  "/close": (_req, res) => {
    res.headers.set("connection", "close");
    res.send("closing");
  },
  "/throw": () => {
    throw new Deliberate("secret");
  },
  "/reject": () => Promise.reject(new Deliberate("secret")),
  "/throw-late": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("some");
    throw new Deliberate("secret");
  },

  "/early-hints": async (_req, res) => {
    res.sendInformational(103, { link: "</a.css>; rel=preload" });
    res.sendInformational(103, { link: "</b.css>; rel=preload" });
    await Promise.resolve();
    res.send("hinted");
  },
  "/bad-informational": (_req, res, id) => {
    for (const status of [101, 200, 99, 199.5, NaN]) {
      log(id, attempt(() => res.sendInformational(status)));
    }
    log(id, attempt(() => res.sendInformational(103, { "content-length": "5" })));
    res.send("hello");
  },
  "/trailers": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("body");
    streaming.end({ trailers: { "x-sum": "42", "X-Other": "a" } });
  },
  "/forbidden-trailers": async (_req, res, id) => {
    const streaming = res.start();
    await streaming.write("body");
    for (
      const name of ["content-length", "Transfer-Encoding", "host", "trailer", "connection", "set-cookie"]
    ) {
      log(id, attempt(() => streaming.end({ trailers: { [name]: "5" } })));
    }
    for (const text of BAD_TEXTS) log(id, attempt(() => streaming.end({ trailers: { "x-sum": text } })));
    streaming.end();
  },
  "/bad-headers": (_req, res, id) => {
    for (const text of BAD_TEXTS) {
      log(id, attempt(() => res.headers.set("x-bad", text)));
      log(id, attempt(() => res.headers.append("x-bad", text)));
      log(id, attempt(() => res.headers.set(text, "value")));
      log(id, attempt(() => res.headers.append(text, "value")));
      log(id, attempt(() => res.sendInformational(103, { "x-bad": text })));
    }
    for (const name of ["", "a b", "a:b", "a(b", "é"]) log(id, attempt(() => res.headers.set(name, "value")));
    for (const status of [100, 199, 600, 0, -1, 200.5, NaN, Infinity]) {
      log(
        id,
        attempt(() => void (res.status = status)),
      );
    }
    res.send("hello");
  },
  "/proto": (_req, res) => {
    res.headers.set("__proto__", "a");
    res.headers.set("constructor", "b");
    res.headers.append("set-cookie", "c=1");
    res.headers.append("set-cookie", "d=2");
    res.send("proto");
  },
  "/own-date": (_req, res) => {
    res.headers.set("Date", new Date().toUTCString());
    res.headers.set("x-own-date", "yes");
    res.send("dated");
  },

  "/upgrade": async (_req, res, id) => {
    if (id !== "") {
      log(id, "called");
      await gate(id).promise;
    }
    await echoRaw(res);
  },
  "/late-decline": async (_req, res, id) => {
    log(id, "called");
    await gate(id).promise;
    res.send("declined");
  },
  "/never-offered": async (_req, res, id) => {
    log(id, await res.upgrade().then(() => "done", nameOf));
    res.send("declined");
  },

  "/signal": async (req, res, id) => {
    const aborted = new Promise<void>((resolve) => {
      req.signal.addEventListener("abort", () => {
        log(id, `aborted ${nameOf(req.signal.reason)}`);
        resolve();
      });
    });
    log(id, "called");
    await aborted;
    const streaming = res.start();
    await streaming.write("nobody").then(
      () => log(id, "written"),
      (error) => log(id, `write ${nameOf(error)}`),
    );
  },
  "/signal-after": (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    log(id, "called");
    res.send("fine");
  },
  "/signal-after-body": async (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    res.send(await req.bytes());
    log(id, "answered");
  },
  "/read-stream": async (req, res, id) => {
    log(id, "called");
    try {
      let size = 0;
      for await (const chunk of req.body) {
        if (size === 0) log(id, "first bytes");
        size += chunk.length;
      }
      log(id, `read ${size}`);
      res.send(String(size));
    } catch (error) {
      log(id, nameOf(error));
    }
  },
  "/flood": async (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    log(id, "called");
    const streaming = res.start();
    let written = 0;
    try {
      for (; written < 1 << 30; written += KIB_64.length) {
        await streaming.write(KIB_64);
        log(`${id}-size`, String(written));
      }
    } catch (error) {
      log(id, `write ${nameOf(error)}`);
    }
  },
  "/big": async (_req, res) => {
    const streaming = res.start();
    for (let at = 0; at < 32; at++) await streaming.write(KIB_64);
  },
  "/pulled": (_req, res, id) => {
    log(id, "called");
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        log(`${id}-pulls`, "pull");
        controller.enqueue(KIB_64);
      },
      cancel: () => log(id, "cancelled"),
    }, { highWaterMark: 0 });
    return res.send(body).catch((error) => log(id, nameOf(error)));
  },
};

/** CONNECT does what its port says. */
const tunnels: Record<string, Route> = {
  "1": () => {},
  "2": (_req, res) => echoRaw(res),
  "3": (_req, res) => res.send("a success with content"),
  "4": (_req, res) => {
    res.status = 403;
    res.send("no");
  },
  "5": (_req, res) => void res.start(),
};

async function echoRaw(res: FreshResponse): Promise<void> {
  const { readable, writable } = await res.upgrade();
  await readable.pipeTo(writable);
}

function handle(req: Request, res: FreshResponse): void | Promise<void> {
  const { uri } = req;
  if (req.method === "CONNECT") return tunnels[uri.raw.slice(uri.raw.lastIndexOf(":") + 1)]!(req, res, "");
  const [, kind, status] = uri.path.split("/");
  if (kind === "status") return answerStatus(res, Number(status), uri.query ?? "");
  return routes[uri.path]!(req, res, uri.query ?? "");
}

/** Answers with a status that may have no content, and content nevertheless. */
async function answerStatus(res: FreshResponse, status: number, how: string): Promise<void> {
  res.status = status;
  if (how === "send") return res.send("content");
  if (how === "length") {
    res.headers.set("content-length", "7");
    return res.send("content");
  }
  if (how === "empty") return;
  if (how === "stream") {
    return await res.send(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("content"));
          controller.close();
        },
      }),
    );
  }
  const streaming = res.start();
  await streaming.write("content");
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
  // The head may take its time: a client that is too late with it is another case.
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
