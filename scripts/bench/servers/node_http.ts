import { Buffer } from "node:buffer";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { announce, wantedRoute } from "./announce.ts";
import { DOCUMENT, HELLO, LARGE, MEDIA_TYPES, PIECE, PIECES, type Route } from "./payloads.ts";

const routes: Record<Exclude<Route, "app">, http.RequestListener> = {
  hello(_req, res) {
    res.writeHead(200, { "content-type": MEDIA_TYPES.hello, "content-length": HELLO.length });
    res.end(HELLO);
  },
  json(_req, res) {
    const text = JSON.stringify(DOCUMENT);
    res.writeHead(200, { "content-type": MEDIA_TYPES.json, "content-length": Buffer.byteLength(text) });
    res.end(text);
  },
  echo(req, res) {
    const chunks: Uint8Array[] = [];
    req.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    req.on("end", () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      res.writeHead(200, { "content-type": MEDIA_TYPES.echo, "content-length": body.length });
      res.end(body);
    });
  },
  large(_req, res) {
    res.writeHead(200, { "content-type": MEDIA_TYPES.large, "content-length": LARGE.length });
    res.end(LARGE);
  },
  async stream(_req, res) {
    res.writeHead(200, { "content-type": MEDIA_TYPES.stream });
    for (let i = 0; i < PIECES; i++) {
      if (!res.write(PIECE)) await new Promise<void>((resolve) => res.once("drain", resolve));
    }
    res.end();
  },
  async upload(req, res) {
    let size = 0;
    for await (const chunk of req) size += chunk.length;
    const text = `${size}`;
    res.writeHead(200, { "content-type": MEDIA_TYPES.upload, "content-length": text.length });
    res.end(text);
  },
  async async(_req, res) {
    await null;
    res.writeHead(200, { "content-type": MEDIA_TYPES.async, "content-length": HELLO.length });
    res.end(HELLO);
  },
};

const server = http.createServer(wantedRoute(routes));
// Without time limits for idle connections there is no Keep-Alive field, which no other candidate sends.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => announce((server.address() as AddressInfo).port));
