import type { Request as ReceivedRequest } from "../http/request.ts";
import { recordResponses } from "./bun_response.ts";
import { acceptDelegates } from "./delegate_members.ts";
import { denoPartsReader } from "./deno_response.ts";
import { eagerRequests } from "./eager_request.ts";
import { LazyRequest, lazyRequest, prepareLazyRequests } from "./lazy_request.ts";
import { nodeParts, NodeResponse, prepareNodeResponses } from "./node_response.ts";
import { replaceRequest, replaceResponse } from "./replace_constructors.ts";
import { checkedFields, type PartsReader, uncheckedFields } from "./response_parts.ts";
import type { ServedRequest } from "./served_request.ts";

/** The two things that differ between runtimes when a Fetch function is served. */
export interface FetchRuntime {
  /** Makes the Fetch request of a received one and its absolute URL. */
  readonly requestOf: (request: ReceivedRequest, url: string) => ServedRequest;
  /** Reads the parts of a response that are known without asking the runtime. */
  readonly partsOf: PartsReader;
}

let unchanged: FetchRuntime | null = null;
let adapted: FetchRuntime | null = null;

/**
 * The way to serve Fetch functions with the globals of the runtime as they are. Found out when it is first
 * needed, because that loads the Fetch API of Node.
 *
 * @returns The same object each time.
 */
export function unchangedFetch(): FetchRuntime {
  return unchanged ??= {
    requestOf: takesLazyRequests() ? lazyRequest : eagerRequests(),
    partsOf: denoPartsReader() ?? knowsNothing,
  };
}

/**
 * The way to serve Fetch functions after the globals of the runtime have been replaced.
 *
 * @returns The same object each time.
 * @throws {TypeError} If the globals cannot be replaced.
 */
export function adaptedFetch(): FetchRuntime {
  if (adapted !== null) return adapted;
  const { requestOf, partsOf } = unchangedFetch();
  const replaced = [
    ...(requestOf === lazyRequest ? [] : ["Request", "fetch"]),
    ...(partsOf === knowsNothing ? ["Response"] : []),
  ];
  for (const name of replaced) {
    if (Object.getOwnPropertyDescriptor(globalThis, name)?.configurable !== false) continue;
    throw new TypeError(`Cannot adapt the globals: ${name} is frozen (serve with adaptGlobals: false)`);
  }
  if (requestOf !== lazyRequest) replaceRequest();
  adapted = {
    requestOf: lazyRequest,
    partsOf: partsOf === knowsNothing ? adaptedResponses() : partsOf,
  };
  return adapted;
}

/**
 * Replaces the globals `Response`, `Request` and `fetch` of Node and Bun by ones that suit a server.
 * {@linkcode fetchHandler} does so unless it is told not to; nothing else in this package changes a global.
 * On Deno this does nothing, because what it would bring is there.
 *
 * Node and Bun build a `Request` in full before the function gets it, and let a `Response` be read as a
 * stream alone, which together cost more than parsing the request and sending the response. And Bun's
 * `Response` does not tell that it was made of text, or of a file, so that neither the type of the one nor
 * the length of the other could be sent. With the replacements, a request makes each part when it is asked
 * for, and a response of text, bytes or a `Blob` remembers what it was made of. Figures are in
 * `scripts/bench/README.md`.
 *
 * The replacements behave as the originals. They have the same prototypes, so that `instanceof` holds for
 * objects made before and after, and leave to the originals whatever is not text, bytes or a `Blob`. Code
 * that has kept an original, as a class does that extends `Response`, goes on to use that. So call this
 * before such code runs: first in the program, and in each handler module, as every thread has globals of its
 * own. Each further call does nothing.
 *
 * @throws {TypeError} If the globals are frozen.
 *
 * @example
 * ```ts
 * import { adaptFetch, fetchHandler, Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * adaptFetch();
 *
 * class Page extends Response {
 *   constructor(title: string) {
 *     super(`<h1>${title}</h1>`, { headers: { "content-type": "text/html" } });
 *   }
 * }
 *
 * await using listening = await Server.http("127.0.0.1:0").handle(fetchHandler(() => new Page("Tea")));
 * const { port } = listening.address as { port: number };
 * assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "<h1>Tea</h1>");
 * ```
 */
export function adaptFetch(): void {
  adaptedFetch();
}

function adaptedResponses(): PartsReader {
  if (navigator.userAgent.startsWith("Node.js/")) {
    prepareNodeResponses();
    acceptDelegates(Response.prototype);
    replaceResponse(checkedFields, (parts) => new NodeResponse(parts) as unknown as Response);
    return nodeParts;
  }
  const { make, partsOf } = recordResponses();
  replaceResponse(uncheckedFields, make);
  return partsOf;
}

function knowsNothing(): null {
  return null;
}

/**
 * Checks if `new Request` sees what a lazy request stands for; `fetch` makes a request in the same way.
 */
function takesLazyRequests(): boolean {
  prepareLazyRequests();
  const native = new Request("http://localhost/", { method: "POST" });
  // Nothing is asked of the received request, because what the lazy one stands for is there.
  const lazy = new LazyRequest(native as never, native.url, native) as unknown as Request;
  try {
    const copy = new Request(lazy, { headers: { "x-handoff": "1" } });
    return copy.url === native.url && copy.method === native.method;
  } catch {
    return false;
  }
}
