/**
 * A Fetch function on one thread. The first argument is `own`, to leave the globals of the runtime as they
 * are, or `adapted`; the second is what the function looks at: `hello` at nothing, `parts` at the URL, a
 * header field and the content.
 */
import process from "node:process";
import { fetchHandler, Server } from "../../../mod.ts";
import { announce } from "./announce.ts";

const [, , globals, route] = process.argv;

const hello = () => new Response("Hello, World!", { headers: { "content-type": "text/plain" } });

async function parts(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  return Response.json({ pathname, agent: request.headers.get("user-agent"), text: await request.text() });
}

const handler = fetchHandler(route === "parts" ? parts : hello, { adaptGlobals: globals !== "own" });
const listening = await Server.http("127.0.0.1:0").handle(handler);
announce((listening.address as { port: number }).port);
