/**
 * A Node process that reports the requests that `node:http` finds in the bytes of a connection.
 *
 * Standard input contains connections, each as its length (four bytes, big-endian) and the bytes that the
 * client sends before it closes its half. For each connection, the process prints a line of JSON: a
 * `NodeVerdict` of `differential.ts`.
 */
import http, { type IncomingMessage, type Server } from "node:http";
import process from "node:process";
import { Duplex } from "node:stream";

/** A connection without a network. */
class Pipe extends Duplex {
  /** The requests whose head is complete. The size is -1 if the content is incomplete. */
  readonly requests: [method: string, target: string, size: number][] = [];
  /** Index of the request that offers an upgrade, after which Node stops parsing; -1 for none. */
  upgrade = -1;
  /** The code of the parser's error, or the status of a refusal. */
  error: string | null = null;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(_chunk: Uint8Array, _encoding: string, done: () => void): void {
    done();
  }

  setTimeout(): this {
    return this;
  }
}

const server: Server = http.createServer({
  maxHeaderSize: 32 * 1024,
  requestTimeout: 0,
  headersTimeout: 0,
  keepAliveTimeout: 0,
});
server.maxHeadersCount = 0;
(server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;

server.on("request", (request, response) => {
  const pipe = pipeOf(request);
  // Nothing is compared after a refusal, although Node continues.
  if (pipe.error !== null) return;
  const seen: [string, string, number] = [request.method ?? "", request.url ?? "", -1];
  if (request.headers.upgrade !== undefined) pipe.upgrade = pipe.requests.length;
  pipe.requests.push(seen);
  let size = 0;
  request.on("data", (chunk: Uint8Array) => void (size += chunk.length));
  request.on("end", () => {
    seen[2] = size;
    response.end("ok");
  });
  request.on("error", () => {});
});

// Sends Node's own response to an unknown expectation, and records it as a refusal.
server.on("checkExpectation", (request, response) => {
  pipeOf(request).error ??= "417";
  response.writeHead(417).end();
});

server.on("connect", (request, socket) => {
  if (pipeOf(request).error !== null) return;
  pipeOf(request).requests.push([request.method ?? "", request.url ?? "", 0]);
  socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n");
});

// The requests before the error still count, so the connection is left open.
server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
  (socket as unknown as Pipe).error ??= error.code ?? error.message;
});

function pipeOf(request: IncomingMessage): Pipe {
  return request.socket as unknown as Pipe;
}

async function judge(bytes: Uint8Array): Promise<string> {
  const pipe = new Pipe();
  pipe.on("error", () => {});
  server.emit("connection", pipe);
  pipe.push(bytes);
  pipe.push(null);
  // Everything here waits only for turns of the event loop.
  for (let turn = 0; turn < 40 && !pipe.destroyed; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  pipe.destroy();
  const requests = pipe.requests.filter(([, , size]) => size >= 0);
  return JSON.stringify({ requests, upgrade: pipe.upgrade, error: pipe.error });
}

let waiting = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk as Uint8Array]);
  const inputs: Uint8Array[] = [];
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE()) {
    const end = 4 + waiting.readUInt32BE();
    inputs.push(new Uint8Array(waiting.subarray(4, end)));
    waiting = waiting.subarray(end);
  }
  for (const line of await Promise.all(inputs.map(judge))) process.stdout.write(`${line}\n`);
}
process.exit(0);
