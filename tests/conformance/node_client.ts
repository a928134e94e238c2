/**
 * A client in Node: requests `/0`, `/1`, ... from a port, with the methods from standard input as JSON, and
 * prints each response as parsed by `node:http` as JSON.
 */
import http from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";

const port = Number(process.argv[2]);
const concurrency = Number(process.argv[3]);
const methods = JSON.parse(await text(process.stdin)) as string[];
const readings: unknown[] = [];
let next = 0;

await Promise.all(Array.from({ length: concurrency }, async () => {
  while (next < methods.length) {
    const index = next++;
    readings[index] = await read(index, methods[index]!);
  }
}));
process.stdout.write(JSON.stringify(readings));

function read(index: number, method: string): Promise<unknown> {
  return new Promise((resolve) => {
    const isConnect = method === "CONNECT";
    const request = http.request({
      host: "127.0.0.1",
      port,
      agent: false,
      method: isConnect || method === "HEAD" ? method : "GET",
      path: isConnect ? `${index}:80` : `/${index}`,
    });
    request.on("error", (error) => resolve({ error: `node:http: ${error.message}` }));
    request.on("response", async (response) => {
      try {
        const chunks: Uint8Array[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve(reading(response, Buffer.concat(chunks).toString("latin1")));
      } catch (error) {
        resolve({ error: `node:http: ${(error as Error).message}` });
      }
    });
    // node:http passes on everything after the head of a response to CONNECT, whatever the status.
    request.on("connect", async (response, socket, head) => {
      const chunks: Uint8Array[] = [head];
      for await (const chunk of socket) chunks.push(chunk);
      resolve(reading(response, Buffer.concat(chunks).toString("latin1")));
    });
    request.end();
  });
}

function reading(response: http.IncomingMessage, body: string): unknown {
  return {
    status: response.statusCode,
    fields: pairs(response.rawHeaders),
    body,
    trailers: pairs(response.rawTrailers),
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at]!, raw[2 * at + 1]!]);
}
