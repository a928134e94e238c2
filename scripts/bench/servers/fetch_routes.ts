import { wantedRoute, wantsApp } from "./announce.ts";
import { honoApp } from "./hono_app.ts";
import { DOCUMENT, HELLO, LARGE, MEDIA_TYPES, PIECE, PIECES, type Route } from "./payloads.ts";

/** A handler of the kind that `Deno.serve`, `Bun.serve` and compatible servers accept. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** The constructor of a `Response`. */
export type ResponseClass = new (body: BodyInit | null, init?: ResponseInit) => Response;

/**
 * Returns the Fetch handler for this server: the route in the first argument.
 *
 * @param Response The class of the response: a server may have a faster class of its own.
 */
export async function fetchRoute(Response: ResponseClass): Promise<FetchHandler> {
  return wantsApp() ? await honoApp() : wantedRoute(fetchRoutes(Response));
}

function fetchRoutes(Response: ResponseClass): Record<Exclude<Route, "app">, FetchHandler> {
  const init = (route: Route): ResponseInit => ({ headers: { "content-type": MEDIA_TYPES[route] } });
  const text = init("hello");
  const json = init("json");
  const bytes = init("echo");
  return {
    hello: () => new Response(HELLO, text),
    json: () => new Response(JSON.stringify(DOCUMENT), json),
    echo: async (request) => new Response(await request.arrayBuffer(), bytes),
    large: () => new Response(LARGE, bytes),
    stream: () => new Response(pieces(), bytes),
    async upload(request) {
      let size = 0;
      for await (const chunk of request.body!) size += chunk.length;
      return new Response(`${size}`, text);
    },
    async async() {
      await null;
      return new Response(HELLO, text);
    },
  };
}

function pieces(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = PIECES;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(PIECE);
      if (--left === 0) controller.close();
    },
  });
}
