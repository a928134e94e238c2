import { fetchHandler, type Handler, type HandlerFunction, Server } from "../../../mod.ts";
import { announce, wantedRoute, wantsApp } from "./announce.ts";
import { honoApp } from "./hono_app.ts";
import { DOCUMENT, HELLO, LARGE, MEDIA_TYPES, PIECE, PIECES, type Route } from "./payloads.ts";

const routes: Record<Exclude<Route, "app">, HandlerFunction> = {
  hello(_req, res) {
    res.headers.set("content-type", MEDIA_TYPES.hello);
    res.send(HELLO);
  },
  json(_req, res) {
    res.headers.set("content-type", MEDIA_TYPES.json);
    res.send(JSON.stringify(DOCUMENT));
  },
  async echo(req, res) {
    res.headers.set("content-type", MEDIA_TYPES.echo);
    res.send(await req.bytes());
  },
  large(_req, res) {
    res.headers.set("content-type", MEDIA_TYPES.large);
    res.send(LARGE);
  },
  async stream(_req, res) {
    res.headers.set("content-type", MEDIA_TYPES.stream);
    const streaming = res.start();
    for (let i = 0; i < PIECES; i++) await streaming.write(PIECE);
  },
  async upload(req, res) {
    let size = 0;
    for await (const chunk of req.body) size += chunk.length;
    res.headers.set("content-type", MEDIA_TYPES.upload);
    res.send(`${size}`);
  },
  async async(_req, res) {
    await null;
    res.headers.set("content-type", MEDIA_TYPES.async);
    res.send(HELLO);
  },
};

const handler: HandlerFunction | Handler = wantsApp()
  ? fetchHandler(await honoApp())
  : wantedRoute<HandlerFunction>(routes);
const limits = { maxRequestBodySize: Infinity, maxConnections: Infinity };
const listening = await Server.http("127.0.0.1:0", { limits }).handle(handler);
announce((listening.address as { port: number }).port);
