import { acceptDelegates, nativeOf } from "./delegate_members.ts";
import { checkedFields, type FieldsReader, type PlainParts, plainParts } from "./response_parts.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;
type ResponseClass = typeof globalThis.Response;

const TEXT_TYPE = "text/plain;charset=UTF-8";

/** Gives text the type that Fetch says, unless it has been given one. */
function addTextType(headers: Headers): void {
  if (!headers.has("content-type")) headers.set("content-type", TEXT_TYPE);
}

/**
 * Puts a constructor in the place of the global `Response` that makes something else where body and init are
 * plain, and what it made before where they are not. Its prototype is the same, so `instanceof` holds for
 * both.
 *
 * @param read Reads the fields.
 * @param make Makes a response of plain parts; `body` and `init` are as given.
 */
export function replaceResponse(
  read: FieldsReader,
  make: (parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined) => WebResponse,
): void {
  const Native: ResponseClass = globalThis.Response;
  // Bun gives text its type only when it sends it.
  const typesText = new Native("").headers.has("content-type");
  // A class that extends this one may have another getter, which expects that it has been constructed.
  const headersOf: () => Headers = Object.getOwnPropertyDescriptor(Native.prototype, "headers")!.get!;
  // Bun adds the charset.
  const jsonType = Native.json(null).headers.get("content-type") ?? "application/json";
  function Response(body?: BodyInit | null, init?: ResponseInit): WebResponse {
    if (new.target === undefined) throw new TypeError("Cannot call Response: it needs new");
    const isItself = new.target === Response as unknown;
    const parts = isItself ? plainParts(read, body, init) : null;
    if (parts !== null) return make(parts, body, init);
    const web = Reflect.construct(Native, [body, init], isItself ? Native : new.target);
    if (!typesText && typeof body === "string") addTextType(headersOf.call(web));
    return web;
  }
  function json(data: unknown, init?: ResponseInit): WebResponse {
    const text = JSON.stringify(data);
    const parts = text === undefined ? null : plainParts(checkedFields, text, init, jsonType);
    if (parts === null) return Native.json(data, init);
    const { status, statusText, fields } = parts;
    return make(parts, text, { status, statusText, headers: fields as [string, string][] });
  }
  Object.setPrototypeOf(Response, Native);
  Object.defineProperty(Response, "length", { value: Native.length });
  Object.defineProperty(Response, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(Native.prototype, "constructor", { value: Response });
  Object.defineProperty(Response, "json", { value: json, writable: true, configurable: true });
  Object.defineProperty(globalThis, "Response", { value: Response, writable: true, configurable: true });
}

/** Lets `new Request` and `fetch` take lazy requests. */
export function replaceRequest(): void {
  const Native: typeof globalThis.Request = globalThis.Request;
  const nativeFetch = globalThis.fetch;
  function Request(input: RequestInfo | URL, init?: RequestInit): WebRequest {
    if (new.target === undefined) throw new TypeError("Cannot call Request: it needs new");
    const target = new.target === Request as unknown ? Native : new.target;
    return Reflect.construct(Native, [nativeOf(input), init], target);
  }
  function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<WebResponse> {
    return nativeFetch(nativeOf(input), init);
  }
  Object.setPrototypeOf(Request, Native);
  Object.setPrototypeOf(fetch, nativeFetch);
  Object.defineProperty(Request, "length", { value: Native.length });
  Object.defineProperty(fetch, "length", { value: nativeFetch.length });
  Object.defineProperty(Request, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(Native.prototype, "constructor", { value: Request });
  acceptDelegates(Native.prototype);
  Object.defineProperty(globalThis, "Request", { value: Request, writable: true, configurable: true });
  Object.defineProperty(globalThis, "fetch", { value: fetch, writable: true, configurable: true });
}
