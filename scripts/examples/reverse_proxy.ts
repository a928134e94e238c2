/**
 * A reverse proxy: `reverse_proxy.ts PORT UPSTREAM`, with the origin of the upstream server, for example
 * `http://127.0.0.1:3000`. Content is streamed with backpressure in both directions. An upgrade, for example
 * to WebSocket, becomes a tunnel.
 */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import process from "node:process";
import { Duplex } from "node:stream";
import { type HeaderMap, type Request, type Response, Server } from "../../mod.ts";

const upstream = new URL(process.argv[3] ?? "http://127.0.0.1:3000");
const upstreamPort = Number(upstream.port === "" ? 80 : upstream.port);
const agent = new http.Agent({ keepAlive: true });

/** Milliseconds for the upstream server to begin its response to an upgrade. */
const PATIENCE = 10_000;

const MAX_HEAD = 32 * 1024;

/** Fields that concern a single connection and end at a proxy (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Selects the fields to forward. */
function endToEnd(fields: readonly (readonly [string, string])[]): [string, string][] {
  const named = fields.filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((name) => name.trim().toLowerCase()));
  return fields.filter(([name]) => ![...HOP_BY_HOP, ...named].includes(name.toLowerCase()))
    .map(([name, value]) => [name, value]);
}

/** Builds the fields of the request to the upstream server. */
function requestFields(req: Request): [string, string][] {
  const from = "hostname" in req.remoteAddress ? req.remoteAddress.hostname : "unknown";
  const forwarded = req.headers.get("x-forwarded-for");
  const fields = endToEnd(req.headers.raw()).filter(([name]) => name.toLowerCase() !== "x-forwarded-for");
  return [...fields, ["x-forwarded-for", forwarded === null ? from : `${forwarded}, ${from}`]];
}

function appendAll(headers: HeaderMap, fields: readonly (readonly [string, string])[]): void {
  for (const [name, value] of fields) headers.append(name, value);
}

/** Forwards the content of the client to the upstream server. */
async function passOn(req: Request, out: http.ClientRequest): Promise<void> {
  for await (const chunk of req.body) {
    if (!out.write(chunk)) await once(out, "drain");
  }
  out.end();
}

async function forward(req: Request, res: Response): Promise<void> {
  const out = http.request({
    agent,
    host: upstream.hostname,
    port: upstreamPort,
    method: req.method,
    path: req.uri.raw,
    headers: requestFields(req).flat(),
    signal: req.signal,
  });
  const answered = once(out, "response") as Promise<[http.IncomingMessage]>;
  // An error of the content also ends the response.
  passOn(req, out).catch((error) => out.destroy(error));
  let answer: http.IncomingMessage;
  try {
    [answer] = await answered;
  } catch {
    res.status = 502;
    return;
  }
  const raw = answer.rawHeaders;
  const fields = raw.flatMap((name, i): [string, string][] => i % 2 === 0 ? [[name, raw[i + 1]!]] : []);
  res.status = answer.statusCode!;
  appendAll(res.headers, endToEnd(fields));
  const streaming = res.start();
  for await (const chunk of answer) await streaming.write(chunk);
}

/** Reads the head of the response to an upgrade, and the bytes that arrive with it. */
async function readHead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<[head: string, rest: Uint8Array]> {
  let bytes = new Uint8Array(0);
  while (bytes.length < MAX_HEAD) {
    const { value, done } = await reader.read();
    if (done) break;
    bytes = new Uint8Array([...bytes, ...value]);
    const head = String.fromCharCode(...bytes);
    const end = head.indexOf("\r\n\r\n");
    if (end !== -1) return [head.slice(0, end), bytes.subarray(end + 4)];
  }
  throw new Error("Cannot upgrade: the upstream server has sent no head");
}

async function tunnel(req: Request, res: Response): Promise<void> {
  const socket = net.connect(upstreamPort, upstream.hostname);
  socket.on("error", () => {});
  const impatience = setTimeout(() => socket.destroy(), PATIENCE);
  let accepted = false;
  try {
    const { readable, writable } = Duplex.toWeb(socket) as unknown as ReadableWritablePair<
      Uint8Array,
      Uint8Array
    >;
    const fields = [...requestFields(req), ["connection", "upgrade"], [
      "upgrade",
      req.headers.get("upgrade")!,
    ]];
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(`GET ${req.uri.raw} HTTP/1.1\r\n${lines}\r\n`);
    const reader = readable.getReader();
    const [head, rest] = await readHead(reader);
    reader.releaseLock();
    if (!/^HTTP\/1\.1 101 /.test(head)) {
      res.status = 502;
      return;
    }
    const answer = head.split("\r\n").slice(1).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const protocol = answer.find(([name]) => name.toLowerCase() === "upgrade");
    appendAll(res.headers, [...endToEnd(answer), ...(protocol === undefined ? [] : [protocol])]);
    const client = await res.upgrade();
    accepted = true;
    const writer = client.writable.getWriter();
    writer.write(rest).catch(() => {});
    writer.releaseLock();
    // Either side may disconnect at any time, which also ends the other.
    await Promise.allSettled([readable.pipeTo(client.writable), client.readable.pipeTo(writable)]);
  } catch {
    if (!accepted) res.status = 502;
  } finally {
    clearTimeout(impatience);
    socket.destroy();
  }
}

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const listening = await Server.http(`127.0.0.1:${port}`).handle((req, res) => {
  const upgrades = req.method === "GET" && req.headers.has("upgrade");
  return upgrades ? tunnel(req, res) : forward(req, res);
});
console.log(`Listening on http://127.0.0.1:${(listening.address as { port: number }).port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await listening.close({ deadline: 10_000 });
    agent.destroy();
    process.exit(0);
  });
}
