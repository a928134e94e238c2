import { hasField, HeaderMap } from "../http/header_map.ts";

/** Bodies that are there as a whole: the responses that nearly every handler makes. */
export type PlainBody = string | Uint8Array<ArrayBuffer> | null;

/** What a response of a plain body consists of. */
export interface PlainParts {
  readonly body: PlainBody;
  readonly status: number;
  readonly statusText: string;
  /** Never changed: several responses may have the same. */
  readonly fields: HeaderMap;
}

/** So many bytes are copied rather than left to the runtime, which copies them too. */
const COPY_LIMIT = 65536;

const TEXT_TYPE = "text/plain;charset=UTF-8";
const JSON_TYPE = "application/json";

const NO_FIELDS = new HeaderMap();
const TEXT_FIELDS = new HeaderMap({ "content-type": TEXT_TYPE });
const JSON_FIELDS = new HeaderMap({ "content-type": JSON_TYPE });

/** The reason phrases that Fetch allows. */
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Reads the arguments of `new Response`.
 *
 * @param isJson Whether they are those of `Response.json`, with the text that was made.
 * @returns `null` where they are not plain, or not right: then the runtime is to make the response, or the error.
 */
export function plainParts(body: unknown, init: ResponseInit | undefined, isJson = false): PlainParts | null {
  const plain = plainBody(body);
  if (plain === undefined) return null;
  const isText = typeof plain === "string";
  const byDefault = isText ? isJson ? JSON_FIELDS : TEXT_FIELDS : NO_FIELDS;
  if (init === undefined || init === null) {
    return { body: plain, status: 200, statusText: "", fields: byDefault };
  }
  const { status = 200, statusText = "", headers } = init;
  if (!Number.isInteger(status) || status < 200 || status > 599) return null;
  if (plain !== null && (status === 204 || status === 205 || status === 304)) return null;
  if (typeof statusText !== "string" || !REASON_PHRASE.test(statusText)) return null;
  if (headers === undefined) return { body: plain, status, statusText, fields: byDefault };
  try {
    const fields = new HeaderMap(headers as Iterable<readonly [string, string]>);
    if (isText && !hasField(fields, "content-type")) {
      fields.append("content-type", isJson ? JSON_TYPE : TEXT_TYPE);
    }
    return { body: plain, status, statusText, fields };
  } catch {
    return null;
  }
}

function plainBody(body: unknown): PlainBody | undefined {
  if (typeof body === "string") return body;
  if (body === null || body === undefined) return null;
  const isCopied = body instanceof Uint8Array && body.length <= COPY_LIMIT;
  return isCopied ? new Uint8Array(body) : undefined;
}

type WebResponse = globalThis.Response;
type ResponseClass = typeof globalThis.Response;

/**
 * Puts a constructor in the place of the global `Response` that makes something else where body and init are plain, and
 * what it made before where they are not. Its prototype is the same, so `instanceof` holds for both.
 *
 * @param make Makes a response of plain parts; `body` and `init` are as given.
 */
export function replaceResponse(
  make: (parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined) => WebResponse,
): void {
  const Native: ResponseClass = globalThis.Response;
  function Response(body?: BodyInit | null, init?: ResponseInit): WebResponse {
    if (new.target === undefined) throw new TypeError("Cannot call Response: it needs new");
    const isItself = new.target === Response as unknown;
    const parts = isItself ? plainParts(body, init) : null;
    if (parts !== null) return make(parts, body, init);
    return Reflect.construct(Native, [body, init], isItself ? Native : new.target);
  }
  function json(data: unknown, init?: ResponseInit): WebResponse {
    const text = JSON.stringify(data);
    const parts = text === undefined ? null : plainParts(text, init, true);
    return parts === null ? Native.json(data, init) : make(parts, text, init);
  }
  Object.setPrototypeOf(Response, Native);
  Object.defineProperty(Response, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(Response, "json", { value: json, writable: true, configurable: true });
  Object.defineProperty(globalThis, "Response", { value: Response, writable: true, configurable: true });
}
