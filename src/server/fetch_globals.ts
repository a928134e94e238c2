import type { HeaderMap } from "../http/header_map.ts";
import { type BodyReader, hiddenBodyReader } from "./hidden_body.ts";
import { LazyRequest, nativeRequest } from "./lazy_request.ts";
import { lightParts, LightResponse } from "./light_response.ts";
import { type PlainBody, replaceResponse } from "./plain_response.ts";
import { recordedParts, RecordedResponse } from "./recorded_response.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;

/** What is known of a response without asking the runtime. */
export interface KnownParts {
  readonly body: PlainBody;
  /** The header fields; `null` where `Headers` have them. */
  readonly fields: HeaderMap | null;
}

/** Says what it knows of a response; `null` where that is nothing. */
export type PartsReader = (web: WebResponse) => KnownParts | null;

let reader: PartsReader | null = null;

/**
 * Makes the runtime's Fetch fit for a server, the first time that it is called. What it does depends on the runtime:
 *
 * - Deno keeps what it needs within reach, and its globals stay as they are.
 * - Bun's `Response` remembers what it was made of.
 * - Node's `Response` of plain text is a light one. From Node 24 on `Request` and `fetch` take a {@linkcode LazyRequest}, which
 * the built-in ones look into.
 *
 * @returns What reads the parts of a response.
 */
export function adaptFetch(): PartsReader {
  return reader ??= adapt();
}

function adapt(): PartsReader {
  if (!takesLazyRequests()) replaceRequest();
  const hidden = hiddenBodyReader();
  if (hidden !== null) return fromHidden(hidden);
  if (navigator.userAgent.startsWith("Node.js/")) {
    replaceResponse((parts) => new LightResponse(parts) as unknown as WebResponse);
    return lightParts;
  }
  replaceResponse((parts, body, init) => new RecordedResponse(parts, body, init));
  return recordedParts;
}

function fromHidden(hidden: BodyReader): PartsReader {
  return (web) => {
    const body = hidden(web);
    return body === undefined ? null : { body, fields: null };
  };
}

function takesLazyRequests(): boolean {
  const native = new Request("http://localhost/");
  // Only what it stands for is asked.
  const lazy = new LazyRequest(native as never, native.url, native) as unknown as WebRequest;
  try {
    return new Request(lazy).url === native.url;
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
  Object.defineProperty(Request, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(globalThis, "Request", { value: Request, writable: true, configurable: true });
  Object.defineProperty(globalThis, "fetch", { value: fetch, writable: true, configurable: true });
}
