/**
 * Runs the clients of a runtime, its own `fetch` and `node:http`, against a server. The argument is the
 * server's port; the results are printed as one line of JSON.
 */
import * as http from "node:http";
import process from "node:process";
import type { ClientResults, HttpAnswer } from "./client_results.ts";

const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
const encoder = new TextEncoder();

async function fetchResults(): Promise<ClientResults["fetch"]> {
  const large = new Uint8Array(2_000_000).map((_, i) => i * 7);
  const pieces = ["one ", "two ", "thrée"];
  const stream = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  });
  const form = new FormData();
  form.append("field", "välue");
  form.append("file", new File(["content"], "a.bin", { type: "application/octet-stream" }));
  const streaming: RequestInit & { duplex: "half" } = { method: "POST", body: stream, duplex: "half" };
  const head = await fetch(`${origin}/send/string`, { method: "HEAD" });
  const refused = await fetch(`${origin}/status?code=404`);
  return {
    text: await (await fetch(`${origin}/send/unicode`)).text(),
    chunks: await (await fetch(`${origin}/send/stream`)).text(),
    length: (await fetch(`${origin}/send/string`)).headers.get("content-length"),
    digest: await (await fetch(`${origin}/digest`, { method: "POST", body: large })).text(),
    streamed: await (await fetch(`${origin}/echo`, streaming)).text(),
    form: await (await fetch(`${origin}/read?as=formData`, { method: "POST", body: form })).json(),
    head: [head.status, head.headers.get("content-length"), await head.text()],
    refused: [refused.status, refused.statusText, await refused.text()],
    cookies: (await fetch(`${origin}/headers`)).headers.getSetCookie(),
    empty: (await fetch(`${origin}/status?code=204`)).status,
    cut: await fetch(`${origin}/settle/throw-while-streaming?id=fetch`).then((response) => response.text())
      .then(
        () => "complete",
        () => "cut",
      ),
  };
}

function ask(options: http.RequestOptions, body = ""): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (data: string) => text += data);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          text,
          trailers: response.trailers,
          localPort: request.socket?.localPort ?? 0,
          informational,
          continued,
        });
      });
      response.on("error", reject);
    });
    const informational: [number, unknown][] = [];
    let continued = false;
    request.on("information", ({ statusCode, headers }) => informational.push([statusCode, headers.link]));
    request.on("error", reject);
    if (options.headers !== undefined && "expect" in options.headers) {
      request.on("continue", () => {
        continued = true;
        request.end(body);
      });
      request.flushHeaders();
    } else {
      request.end(body);
    }
  });
}

async function agentResults(): Promise<ClientResults["agent"]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const texts = new Set<string>();
  const ports = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const answer = i % 2 === 0
      ? await ask({ agent, path: "/send/string" })
      : await ask({ agent, path: "/echo", method: "POST" }, "posted");
    texts.add(answer.text);
    ports.add(answer.localPort);
  }
  agent.destroy();
  return { texts: [...texts], connections: ports.size };
}

const results: ClientResults = {
  fetch: await fetchResults(),
  agent: await agentResults(),
  hints: await ask({ path: "/informational" }),
  trailers: await ask({ path: "/trailers", headers: { te: "trailers", connection: "TE, close" } }),
  expect: await ask({ path: "/gate", method: "POST", headers: { expect: "100-continue" } }, "asked for"),
};
console.log(JSON.stringify(results));
// Connections that are kept for further requests would keep the process alive.
process.exit(0);
