import type { FetchHandler } from "./fetch_routes.ts";
import { loadPackage } from "./load_package.ts";
import { HELLO } from "./payloads.ts";

/** The used part of Hono's context. */
interface Context {
  text(body: string): Response;
}

/** The used part of Hono. */
interface HonoPackage {
  readonly Hono: new () => {
    get(path: string, handler: (context: Context) => Response): void;
    readonly fetch: (request: Request) => Response | Promise<Response>;
  };
}

/**
 * Creates an app of Hono, the most used framework for Fetch handlers, with the measured route among others.
 */
export async function honoApp(): Promise<FetchHandler> {
  const { Hono } = await loadPackage<HonoPackage>("hono");
  const app = new Hono();
  for (const path of ["/orders/:id", "/orders", "/customers/:id", "/assets/*"]) {
    app.get(path, (context) => context.text(path));
  }
  app.get("/", (context) => context.text(HELLO));
  return (request) => app.fetch(request);
}
