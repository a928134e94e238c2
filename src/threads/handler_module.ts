import { type FetchFunction, fetchHandler } from "../fetch/fetch_handler.ts";
import { type Handler, type HandlerFunction, isClass, toHandler } from "../exchange/handler.ts";
import { perThreadFactory } from "./per_thread.ts";

/**
 * Loads a module that has a handler as its default export: a function, a `Handler` object, a `perThread`
 * factory, or anything with a method `fetch`.
 *
 * @param url The module.
 * @param context What a factory gets.
 * @throws What the module throws, or its factory.
 * @throws {TypeError} If its default export is none of these, or what the factory made is no handler.
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
  if (factory !== null) return madeHandler(await factory(context), url);
  if (isApp(exported)) return appHandler(exported);
  if (isHandler(exported)) return toHandler(exported);
  const found = exported === undefined
    ? "it has no default export"
    : `its default export is ${describe(exported, "handle or fetch")}`;
  const expected = "a function, a Handler object, perThread(...) or an object with fetch";
  throw new TypeError(`Cannot load handler module ${url}: ${found}; expected ${expected}`);
}

/** The handler that a factory has made. */
function madeHandler(made: unknown, url: string): Handler {
  if (isApp(made)) return appHandler(made);
  if (isHandler(made)) return toHandler(made);
  const found = `its perThread factory made ${describe(made, "handle")}`;
  throw new TypeError(`Cannot load handler module ${url}: ${found}; expected a function or a Handler object`);
}

/** An app as frameworks make them. */
interface App {
  readonly fetch: FetchFunction;
}

/**
 * `true` if a value is an app: whatever has a method `fetch`, a function such as that of GraphQL Yoga too.
 * Apps may have a method `handle` of their own, and may be callable in the way of `node:http`: `fetch` wins.
 */
function isApp(value: unknown): value is App {
  const mayHaveMethods = typeof value === "function" || (typeof value === "object" && value !== null);
  return mayHaveMethods && typeof (value as Partial<App>).fetch === "function";
}

function appHandler(app: App): Handler {
  return fetchHandler((request, info) => app.fetch(request, info));
}

function isHandler(value: unknown): value is Handler | HandlerFunction {
  if (typeof value === "function") return !isClass(value);
  return typeof value === "object" && typeof (value as Partial<Handler> | null)?.handle === "function";
}

function describe(value: unknown, missing: string): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (isClass(value)) return "a class, of which an instance is wanted";
  return typeof value === "object" ? `an object without ${missing}` : `a ${typeof value}`;
}
