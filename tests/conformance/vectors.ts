/**
 * The test vectors: one line of JSON each, in `vectors/*.jsonl`. `README.md` describes the fields.
 */
import { Buffer } from "node:buffer";

/** Bytes as text: a character is the byte of its code. In a list, `["a", 3]` stands for `aaa`. */
export type Text = string | readonly (string | readonly [text: string, times: number])[];

/** What the handler saw of one request; what a line leaves out has the value given here. */
export interface Seen {
  /** The status that the handler answered with: 200. */
  readonly status?: number;
  /** `GET`. */
  readonly method?: string;
  /** `origin`. */
  readonly form?: string;
  /** The raw request target: `/`. */
  readonly target?: Text;
  /** `1.1`. */
  readonly version?: string;
  /** Not looked at where absent. */
  readonly path?: string;
  /** Not looked at where absent. */
  readonly query?: string | null;
  /** Not looked at where absent. */
  readonly authority?: string | null;
  /** All names and values, in order. Not looked at where absent. */
  readonly headers?: readonly (readonly [name: Text, value: Text])[];
  /** The content: empty. */
  readonly body?: Text;
  /** All names and values, in order: none. */
  readonly trailers?: readonly (readonly [name: Text, value: Text])[];
}

/** What must come of a vector. */
export interface Expectation {
  /** The requests that are answered, in order. By default none where there is a `status`. */
  readonly requests?: readonly Seen[];
  /** The status (or one of these) of the rejection that comes last. */
  readonly status?: number | readonly number[];
  /** The method of the rejected request: a rejection of HEAD has no content. `GET`. */
  readonly method?: string;
  /** A regular expression, case-insensitive, for the text of the rejection. By default the group's. */
  readonly reason?: string;
  /**
   * Whether the connection is closed behind the last answer, which then says so. `"unannounced"`: it is closed, and need
   * not say so. `"any"`: as it says. By default `true` with a `status`, else `false`.
   */
  readonly close?: boolean | "unannounced" | "any";
  /** Whether a 100 may come first. */
  readonly continue?: boolean;
}

/** One line. */
export interface Vector {
  readonly name: string;
  /** RFC and section, for example `9112 §6.1`; by default the group's. */
  readonly rfc?: string;
  /** Ranges of byte values, `00-1f 7f`: the line stands for a case with each of them in place of `{byte}`. */
  readonly bytes?: string;
  /** `"small"`: goes to the server with {@linkcode SMALL_LIMITS}. */
  readonly server?: "small";
  readonly input: Text;
  /** `"half-close"`: behind the input the client closes its half; nothing follows it. */
  readonly end?: "half-close";
  readonly expect: Expectation;
}

/** One file: the first line describes it, the others are vectors. */
export interface Group {
  /** As it stands in test names. */
  readonly title: string;
  readonly rfc: string;
  readonly vectors: readonly LoadedVector[];
}

/** A vector with what it has from its group, expanded. */
export interface LoadedVector {
  readonly name: string;
  readonly rfc: string;
  readonly server: "default" | "small";
  readonly halfClose: boolean;
  readonly cases: readonly Case[];
}

/** What is sent in one go, and what must come of it. */
export interface Case {
  /** Unique in all groups. */
  readonly id: number;
  /** The byte that stands in place of `{byte}`, as `0x1f`; else empty. */
  readonly byte: string;
  /** Where in the input it stands. */
  readonly byteAt: number;
  /** Whether the byte is the first or the last of a range, or there is none. */
  readonly edge: boolean;
  readonly input: Uint8Array;
  readonly expect: ResolvedExpectation;
}

/** An expectation without gaps. */
export interface ResolvedExpectation {
  readonly requests: readonly ResolvedSeen[];
  /** Empty where nothing is rejected. */
  readonly statuses: readonly number[];
  readonly method: string;
  readonly reason: RegExp;
  readonly close: boolean | "unannounced" | "any";
  readonly mayContinue: boolean;
}

/** What the handler saw, without gaps but for what is not looked at. */
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

/** The limits of the server that vectors with `"server": "small"` go to. */
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

/** Turns text into the bytes of its character codes. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new Error(`Cannot make a byte of U+${code.toString(16)}`);
    bytes[i] = code;
  }
  return bytes;
}

/** Turns bytes into text of the same character codes. */
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

/** A misspelt key must not quietly test less. */
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
