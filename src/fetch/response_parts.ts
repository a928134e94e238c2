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
export function plainParts(
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
