import { hiddenPartsReader } from "./hidden_parts.ts";
import { LazyRequest, nativeRequest, prepareLazyRequests } from "./lazy_request.ts";
import { lightParts, LightResponse, prepareLightResponses } from "./light_response.ts";
import { checkedFields, type PartsReader, replaceResponse, uncheckedFields } from "./plain_response.ts";
import { recordResponses } from "./recorded_response.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;

let reader: PartsReader | null = null;

/**
 * Makes the runtime's Fetch fit for a server, the first time that it is called. What it does depends on the
 * runtime:
 *
 * - Deno keeps what it needs within reach, and its globals stay as they are.
 * - Bun's `Response` remembers what it was made of.
 * - Node's `Response` of known size is a light one.
 * - `Request` and `fetch` of Bun and of Node 24 and later take a {@linkcode LazyRequest}, which the built-in
 *   ones look into.
 *
 * @returns What reads the parts of a response.
 */
export function adaptFetch(): PartsReader {
  return reader ??= adapt();
}

function adapt(): PartsReader {
  prepareLazyRequests();
  if (!takesLazyRequests()) replaceRequest();
  const hidden = hiddenPartsReader();
  if (hidden !== null) return hidden;
  if (navigator.userAgent.startsWith("Node.js/")) {
    prepareLightResponses();
    replaceResponse(checkedFields, (parts) => new LightResponse(parts) as unknown as WebResponse);
    return lightParts;
  }
  const { make, partsOf } = recordResponses();
  replaceResponse(uncheckedFields, make);
  return partsOf;
}

/** Whether `new Request` and `fetch` see what a lazy request stands for. */
function takesLazyRequests(): boolean {
  const native = new Request("http://localhost/", { method: "POST" });
  // What it stands for is there: nothing else is asked.
  const lazy = new LazyRequest(native as never, native.url, native) as unknown as WebRequest;
  try {
    const copy = new Request(lazy, { headers: { "x-handoff": "1" } });
    return copy.url === native.url && copy.method === native.method;
  } catch {
    return false;
  }
}

/** Lets `new Request` and `fetch` take lazy requests. */
function replaceRequest(): void {
  const Native: typeof globalThis.Request = globalThis.Request;
  const nativeFetch = globalThis.fetch;
  const whole = (input: RequestInfo | URL): RequestInfo | URL =>
    input instanceof LazyRequest ? nativeRequest(input) : input;
  function Request(input: RequestInfo | URL, init?: RequestInit): WebRequest {
    if (new.target === undefined) throw new TypeError("Cannot call Request: it needs new");
    const target = new.target === Request as unknown ? Native : new.target;
    return Reflect.construct(Native, [whole(input), init], target);
  }
  function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<WebResponse> {
    return nativeFetch(whole(input), init);
  }
  Object.setPrototypeOf(Request, Native);
  Object.setPrototypeOf(fetch, nativeFetch);
  Object.defineProperty(Request, "length", { value: Native.length });
  Object.defineProperty(fetch, "length", { value: nativeFetch.length });
  Object.defineProperty(Request, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(Native.prototype, "constructor", { value: Request });
  Object.defineProperty(globalThis, "Request", { value: Request, writable: true, configurable: true });
  Object.defineProperty(globalThis, "fetch", { value: fetch, writable: true, configurable: true });
}
