/** The test vectors: one line of JSON for each, in `vectors/*.jsonl`. `README.md` describes the fields. */
import { Buffer } from "node:buffer";

/** Bytes as text: each character is the byte with its code. In a list, `["a", 3]` stands for `aaa`. */
export type Text = string | readonly (string | readonly [text: string, times: number])[];

/** A request as seen by the handler. Absent members have the documented values. */
export interface Seen {
  /**
   * The status of the handler's response.
   *
   * @default {200}
   */
  readonly status?: number;
  /**
   * The method.
   *
   * @default {"GET"}
   */
  readonly method?: string;
  /**
   * The form of the request target.
   *
   * @default {"origin"}
   */
  readonly form?: string;
  /**
   * The raw request target.
   *
   * @default {"/"}
   */
  readonly target?: Text;
  /**
   * The version of HTTP.
   *
   * @default {"1.1"}
   */
  readonly version?: string;
  /** The path. Not compared if absent. */
  readonly path?: string;
  /** The query. Not compared if absent. */
  readonly query?: string | null;
  /** The authority. Not compared if absent. */
  readonly authority?: string | null;
  /** All names and values, in order. Not compared if absent. */
  readonly headers?: readonly (readonly [name: Text, value: Text])[];
  /**
   * The content.
   *
   * @default {""}
   */
  readonly body?: Text;
  /**
   * All names and values of the trailers, in order.
   *
   * @default {[]}
   */
  readonly trailers?: readonly (readonly [name: Text, value: Text])[];
}

/** The expected result of a vector. */
export interface Expectation {
  /**
   * The requests with a response from the handler, in order. By default none if there is a `status`,
   * otherwise one.
   */
  readonly requests?: readonly Seen[];
  /** The status of the rejection at the end, or a list of allowed statuses. */
  readonly status?: number | readonly number[];
  /**
   * The method of the rejected request, because a rejection of HEAD has no content.
   *
   * @default {"GET"}
   */
  readonly method?: string;
  /**
   * A regular expression, case-insensitive, for the text of the rejection. By default the expression of the
   * group.
   */
  readonly reason?: string;
  /**
   * `true` if the last response announces the close and the connection is then closed. `"unannounced"`:
   * closed, with or without an announcement. `"any"`: as announced by the response. By default `true` with a
   * `status`, otherwise `false`.
   */
  readonly close?: boolean | "unannounced" | "any";
  /** `true` if a 100 may come first. */
  readonly continue?: boolean;
}

/** A line of a file. */
export interface Vector {
  readonly name: string;
  /** RFC and section, for example `9112 §6.1`; by default those of the group. */
  readonly rfc?: string;
  /** Ranges of byte values, `00-1f 7f`: the line stands for one case for each byte, in place of `{byte}`. */
  readonly bytes?: string;
  /** `"small"` for the server with {@linkcode SMALL_LIMITS}. */
  readonly server?: "small";
  readonly input: Text;
  /** `"half-close"` if the client closes its half after the input, and no sentinel follows. */
  readonly end?: "half-close";
  readonly expect: Expectation;
}

/** The contents of a file: the first line describes the group, the others are vectors. */
export interface Group {
  /** Title, used in test names. */
  readonly title: string;
  readonly rfc: string;
  readonly vectors: readonly LoadedVector[];
}

/** A vector with the defaults of its group, expanded. */
export interface LoadedVector {
  readonly name: string;
  readonly rfc: string;
  readonly server: "default" | "small";
  readonly halfClose: boolean;
  readonly cases: readonly Case[];
}

/** Input of one connection, with its expected result. */
export interface Case {
  /** Unique in all groups. */
  readonly id: number;
  /** The byte in place of `{byte}`, for example `0x1f`; empty if there is none. */
  readonly byte: string;
  /** Position of that byte in the input. */
  readonly byteAt: number;
  /** `true` if the byte is the first or the last of a range, or there is none. */
  readonly edge: boolean;
  readonly input: Uint8Array;
  readonly expect: ResolvedExpectation;
}

/** An expectation with its defaults. */
export interface ResolvedExpectation {
  readonly requests: readonly ResolvedSeen[];
  /** The allowed statuses of the rejection; empty if nothing is rejected. */
  readonly statuses: readonly number[];
  readonly method: string;
  readonly reason: RegExp;
  readonly close: boolean | "unannounced" | "any";
  readonly mayContinue: boolean;
}

/** A request as seen by the handler, with defaults except for members that are not compared. */
export interface ResolvedSeen {
  readonly status: number;
  readonly method: string;
  readonly form: string;
  readonly target: string;
  readonly version: string;
  readonly path?: string;
  readonly query?: string | null;
  readonly authority?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

/** Limits of the server for vectors with `"server": "small"`. */
export const SMALL_LIMITS = { maxHeaderSize: 256, maxHeaderCount: 5, maxRequestBodySize: 64 };

const VECTOR_KEYS = ["name", "rfc", "bytes", "server", "input", "end", "expect"];
const GROUP_KEYS = ["group", "rfc", "reason"];
const EXPECT_KEYS = ["requests", "status", "method", "reason", "close", "continue"];
const SEEN_KEYS = [
  "status",
  "method",
  "form",
  "target",
  "version",
  "path",
  "query",
  "authority",
  "headers",
  "body",
  "trailers",
];

/** Converts text to the bytes of its character codes. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new Error(`Cannot make a byte of U+${code.toString(16)}`);
    bytes[i] = code;
  }
  return bytes;
}

/** Converts bytes to text with these character codes. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Reads all groups, in the order of their file names. */
export function loadGroups(): Group[] {
  const directory = new URL("vectors/", import.meta.url);
  const files = [...Deno.readDirSync(directory)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".jsonl")
  ).sort();
  const ids = { next: 1 };
  return files.map((file) => loadGroup(file, Deno.readTextFileSync(new URL(file, directory)), ids));
}

function loadGroup(file: string, text: string, ids: { next: number }): Group {
  const lines = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const head = lines[0] as { group: string; rfc: string; reason?: string };
  assertKeys(file, head, GROUP_KEYS);
  const names = new Set<string>();
  const vectors = (lines.slice(1) as Vector[]).map((vector) => {
    const where = `${file}: ${vector.name}`;
    assertKeys(where, vector, VECTOR_KEYS);
    assertKeys(where, vector.expect, EXPECT_KEYS);
    for (const seen of vector.expect.requests ?? []) assertKeys(where, seen, SEEN_KEYS);
    if (names.has(vector.name)) throw new Error(`Two vectors of one name: ${where}`);
    names.add(vector.name);
    return {
      name: vector.name,
      rfc: vector.rfc ?? head.rfc,
      server: vector.server ?? "default" as const,
      halfClose: vector.end === "half-close",
      cases: expand(vector, head.reason ?? "", ids),
    };
  });
  return { title: head.group, rfc: head.rfc, vectors };
}

/** Without this check a misspelled key would be ignored, and the vector would test less. */
function assertKeys(where: string, object: object, known: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) throw new Error(`Unknown key "${key}" in ${where}`);
  }
}

function expand(vector: Vector, reason: string, ids: { next: number }): Case[] {
  if (vector.bytes === undefined) {
    const input = bytesOf(flatten(vector.input, null));
    const expect = resolve(vector.expect, reason, null);
    return [{ id: ids.next++, byte: "", byteAt: 0, edge: true, input, expect }];
  }
  const byteAt = flatten(vector.input, null).indexOf("{byte}");
  if (byteAt === -1) throw new Error(`No {byte} in the input of "${vector.name}"`);
  const cases: Case[] = [];
  for (const range of vector.bytes.split(" ")) {
    const [first, last] = range.split("-").map((hex) => parseInt(hex, 16)) as [number, number | undefined];
    for (let byte = first; byte <= (last ?? first); byte++) {
      cases.push({
        id: ids.next++,
        byte: `0x${byte.toString(16).padStart(2, "0")}`,
        byteAt,
        edge: byte === first || byte === (last ?? first),
        input: bytesOf(flatten(vector.input, byte)),
        expect: resolve(vector.expect, reason, byte),
      });
    }
  }
  return cases;
}

function flatten(text: Text, byte: number | null): string {
  const flat = typeof text === "string"
    ? text
    : text.map((part) => typeof part === "string" ? part : part[0].repeat(part[1])).join("");
  return byte === null ? flat : flat.replaceAll("{byte}", String.fromCharCode(byte));
}

function resolve(expect: Expectation, reason: string, byte: number | null): ResolvedExpectation {
  const statuses = expect.status === undefined
    ? []
    : typeof expect.status === "number"
    ? [expect.status]
    : expect.status;
  const requests = expect.requests ?? (statuses.length > 0 ? [] : [{}]);
  return {
    requests: requests.map((seen) => resolveSeen(seen, byte)),
    statuses,
    method: expect.method ?? "GET",
    reason: new RegExp(expect.reason ?? reason, "i"),
    close: expect.close ?? statuses.length > 0,
    mayContinue: expect.continue ?? false,
  };
}

function resolveSeen(seen: Seen, byte: number | null): ResolvedSeen {
  const pairs = (list: readonly (readonly [Text, Text])[]) =>
    list.map(([name, value]) => [flatten(name, byte), flatten(value, byte)] as const);
  return {
    status: seen.status ?? 200,
    method: flatten(seen.method ?? "GET", byte),
    form: seen.form ?? "origin",
    target: flatten(seen.target ?? "/", byte),
    version: seen.version ?? "1.1",
    ...(seen.path === undefined ? {} : { path: flatten(seen.path, byte) }),
    ...(seen.query === undefined ? {} : { query: seen.query }),
    ...(seen.authority === undefined ? {} : { authority: seen.authority }),
    ...(seen.headers === undefined ? {} : { headers: pairs(seen.headers) }),
    body: flatten(seen.body ?? "", byte),
    trailers: pairs(seen.trailers ?? []),
  };
}
