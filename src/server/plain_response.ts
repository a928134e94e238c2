import { hasField, HeaderMap } from "../http/header_map.ts";

/** Bodies of known size: what nearly every response has. */
export type PlainBody = string | Uint8Array<ArrayBuffer> | Blob | null;

/** Header fields as pairs of name and value. Never changed: several responses may have the same. */
export type PlainFields = readonly (readonly [name: string, value: string])[];

/** What a response of a plain body consists of. */
export interface PlainParts {
  readonly body: PlainBody;
  readonly status: number;
  readonly statusText: string;
  /** `null` where only the runtime's `Headers` know them. */
  readonly fields: PlainFields | null;
}

/** What is known of a response without asking the runtime. */
export type KnownParts = Pick<PlainParts, "body" | "fields">;

/** Says that; `null` where it is nothing. */
export type PartsReader = (web: globalThis.Response) => KnownParts | null;

/** So many bytes are copied rather than left to the runtime, which copies them too. */
const COPY_LIMIT = 65536;

const TEXT_TYPE = "text/plain;charset=UTF-8";

/** The fields of a response without any of its own, by its type. */
const FIELDS_OF: ReadonlyMap<string, PlainFields> = new Map([
  ["", []],
  [TEXT_TYPE, [["content-type", TEXT_TYPE]]],
]);

/** The reason phrases that Fetch allows. */
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Reads the fields that a response was given, and adds the type where they lack one; `undefined` if they are
 * not right.
 */
export type FieldsReader = (given: HeadersInit, type: string) => PlainFields | null | undefined;

/** Checks the fields, and reads all kinds. */
export function checkedFields(given: HeadersInit, type: string): PlainFields | undefined {
  try {
    const fields = new HeaderMap(given as Iterable<readonly [string, string]>);
    if (type !== "" && !hasField(fields, "content-type")) fields.append("content-type", type);
    return fields.raw();
  } catch {
    return undefined;
  }
}

/** For a runtime that checks the fields itself: reads those of plain objects. */
export function uncheckedFields(given: HeadersInit, type: string): PlainFields | null {
  if (given === null || Object.getPrototypeOf(given) !== Object.prototype) return null;
  const fields = Object.entries(given as Record<string, string>);
  const hasType = type === "" ||
    fields.some(([name]) => name.length === 12 && name.toLowerCase() === "content-type");
  if (!hasType) fields.push(["content-type", type]);
  return fields;
}

/**
 * Reads the arguments of `new Response`.
 *
 * @param type The type that the body is given where the fields have none.
 * @returns `null` where they are not plain, or not right: then the runtime is to make the response, or the
 * error.
 */
function plainParts(
  read: FieldsReader,
  body: unknown,
  init: ResponseInit | undefined,
  type?: string,
): PlainParts | null {
  const plain = plainBody(body);
  if (plain === undefined || (typeof init !== "object" && init !== undefined)) return null;
  const { status = 200, statusText = "", headers } = init ?? {};
  if (!Number.isInteger(status) || status < 200 || status > 599) return null;
  if (plain !== null && (status === 204 || status === 205 || status === 304)) return null;
  if (typeof statusText !== "string" || !REASON_PHRASE.test(statusText)) return null;
  const given = type ?? typeOf(plain);
  const fields = headers === undefined
    ? FIELDS_OF.get(given) ?? [["content-type", given] as const]
    : read(headers, given);
  return fields === undefined ? null : { body: plain, status, statusText, fields };
}

function plainBody(body: unknown): PlainBody | undefined {
  if (typeof body === "string") return body;
  if (body === null || body === undefined) return null;
  if (body instanceof Uint8Array && body.length <= COPY_LIMIT) return new Uint8Array(body);
  return body instanceof Blob ? body : undefined;
}

/** The type that Fetch gives a body; empty if none. */
export function typeOf(body: PlainBody): string {
  return typeof body === "string" ? TEXT_TYPE : body instanceof Blob ? body.type : "";
}

/** Gives text the type that Fetch says, unless it has been given one. */
function addTextType(headers: Headers): void {
  if (!headers.has("content-type")) headers.set("content-type", TEXT_TYPE);
}

type WebResponse = globalThis.Response;
type ResponseClass = typeof globalThis.Response;

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
