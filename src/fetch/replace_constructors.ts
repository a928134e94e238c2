import { acceptDelegates, nativeOf } from "./delegate_members.ts";
import { checkedFields, type FieldsReader, type PlainParts, plainParts } from "./response_parts.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;
type ResponseClass = typeof globalThis.Response;

const TEXT_TYPE = "text/plain;charset=UTF-8";

/** Gives text the type that the Fetch standard says, unless the program has given it one. */
function addTextType(headers: Headers): void {
  if (!headers.has("content-type")) headers.set("content-type", TEXT_TYPE);
}

/**
 * Replaces the global `Response` by a constructor that leaves responses whose body and init are plain to a
 * function, and all others to the original. Both have the same prototype, so `instanceof` holds for responses
 * of either.
 *
 * @param read Reads the fields that a response is given.
 * @param make Makes a response of plain parts. It also gets the arguments of the constructor.
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

/**
 * Replaces the globals `Request` and `fetch` by functions that also take requests that stand for the
 * runtime's.
 */
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
