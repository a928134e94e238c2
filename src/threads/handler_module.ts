import { type FetchFunction, fetchHandler } from "../server/fetch_handler.ts";
import { type Handler, type HandlerFunction, toHandler } from "../server/handler.ts";
import { perThreadFactory } from "./per_thread.ts";

/**
 * Loads a module that has a handler as its default export: a function, a `Handler` object, a `perThread` factory, or an object
 * with `fetch`.
 *
 * @param url The module.
 * @param context What a factory gets.
 * @throws What the module throws, or its factory.
 * @throws {TypeError} If its default export is none of these.
 */
export async function loadHandler(
  url: string,
  context: { readonly state: unknown; readonly thread: number },
): Promise<Handler> {
  const { default: exported } = await import(url) as { readonly default?: unknown };
  return await handlerOf(exported, url, context);
}

async function handlerOf(
  exported: unknown,
  url: string,
  context: { readonly state: unknown; readonly thread: number },
): Promise<Handler> {
  const factory = perThreadFactory(exported);
  if (factory !== null) return toHandler(await factory(context));
  if (typeof exported === "function") return toHandler(exported as HandlerFunction);
  if (typeof exported === "object" && exported !== null) {
    if (typeof (exported as Handler).handle === "function") return toHandler(exported as Handler);
    const app = exported as { fetch?: unknown };
    if (typeof app.fetch === "function") return fetchHandler((app.fetch as FetchFunction).bind(app));
  }
  const found = exported === undefined
    ? "it has no default export"
    : `its default export is ${describe(exported)}`;
  throw new TypeError(
    `Cannot take a handler from ${url}: ${found}, not a function, a Handler, perThread(...) or an object with fetch`,
  );
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object without handle or fetch" : `a ${typeof value}`;
}
