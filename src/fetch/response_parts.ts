import { hasField, HeaderMap } from "../http/header_map.ts";

/** A body of known size. */
export type PlainBody = string | Uint8Array<ArrayBuffer> | Blob | null;

/** Header fields as pairs of name and value. Several responses may share them, so they are never changed. */
export type PlainFields = readonly (readonly [name: string, value: string])[];

/** The parts of a response with a plain body. */
export interface PlainParts {
  readonly body: PlainBody;
  readonly status: number;
  readonly statusText: string;
  /** The header fields; `null` if only the runtime's `Headers` have them. */
  readonly fields: PlainFields | null;
}

/** The parts of a response that are known without asking the runtime. */
export type KnownParts = Pick<PlainParts, "body" | "fields">;

/** Reads the known parts of a response; `null` if there are none. */
export type PartsReader = (web: globalThis.Response) => KnownParts | null;

/** Bytes up to which a body is copied here rather than by the runtime. */
const COPY_LIMIT = 65536;

const TEXT_TYPE = "text/plain;charset=UTF-8";

/** Fields of responses that were given none, by their type. */
const FIELDS_OF: ReadonlyMap<string, PlainFields> = new Map([
  ["", []],
  [TEXT_TYPE, [["content-type", TEXT_TYPE]]],
]);

/** The reason phrases that Fetch allows. */
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Reads the fields that a response was given, and adds a type if there is none; `undefined` if they are
 * malformed.
 */
export type FieldsReader = (given: HeadersInit, type: string) => PlainFields | null | undefined;

/** A {@linkcode FieldsReader} that reads and checks fields of all kinds. */
export function checkedFields(given: HeadersInit, type: string): PlainFields | undefined {
  try {
    const fields = new HeaderMap(given as Iterable<readonly [string, string]>);
    if (type !== "" && !hasField(fields, "content-type")) fields.append("content-type", type);
    return fields.raw();
  } catch {
    return undefined;
  }
}

/**
 * A {@linkcode FieldsReader} for a runtime that checks the fields itself. It reads those of plain objects.
 */
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
 * @returns The parts; `null` if the arguments are not plain, or malformed: then the runtime is to make the
 * response, or the error.
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

/** The type that the Fetch standard gives a body; empty if none. */
export function typeOf(body: PlainBody): string {
  return typeof body === "string" ? TEXT_TYPE : body instanceof Blob ? body.type : "";
}
