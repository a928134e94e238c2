/**
 * Checks the parts of src/http/ that may differ between engines, on the runtime that runs this file:
 * HeaderMap against the runtime's own Headers with random sequences of operations, and decoding. It prints
 * `ok`, or throws.
 *
 *     node tests/http/portable_check.ts
 */
import { encodeFields, HeaderMap, headerMapFromBytes } from "../../src/http/header_map.ts";
import { decodeLatin1 } from "../../src/http/latin1.ts";
import { statusLine } from "../../src/http/status.ts";

const NAMES = [
  "a",
  "A",
  "b",
  "X-Long-Name",
  "x-long-name",
  "set-cookie",
  "Set-Cookie",
  "~",
  "^",
  "B0",
  "__proto__",
];
const BAD_NAMES = ["", " ", "a b", "a:", "caf\xe9", "\u0100", "a\n"];
const VALUES = ["", "1", " 1\t", "a, b", "caf\xe9", "\x80\xff", "x".repeat(100), "\t \t", "a\tb", '"q"'];
const BAD_VALUES = ["a\rb", "a\nb", "a\0b", "\u0100", "\u010a", "😀"];

/** Generates pseudo-random integers below a bound (mulberry32), equal for a seed on every engine. */
function randomOf(seed: number): (bound: number) => number {
  return (bound) => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) % bound;
  };
}

function same(what: string, ours: unknown, theirs: unknown): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new Error(`${what}: HeaderMap has ${JSON.stringify(ours)}, Headers ${JSON.stringify(theirs)}`);
}

function outcomeOf(operation: () => unknown): unknown {
  try {
    return operation() ?? null;
  } catch (error) {
    return error instanceof TypeError ? "TypeError" : String(error);
  }
}

/** Deno 2.9 omits empty values when Headers is iterated, though not in `get()`. */
const ITERATES_EMPTY_VALUES = [...new Headers([["a", ""], ["a", "1"]]).values()][0] === ", 1";

/** Bun 1.4 iterates set-cookie last instead of in order. */
const SORTS_COOKIES = [...new Headers([["set-cookie", "1"], ["x", "2"]]).keys()][0] === "set-cookie";

/**
 * Lists the content that both classes can return. The test also checks that the compiler accepts a HeaderMap
 * as Headers.
 */
function contentOf(headers: Headers): unknown[] {
  return [
    comparable([...headers], headers),
    SORTS_COOKIES && [...headers.keys()],
    SORTS_COOKIES && ITERATES_EMPTY_VALUES && [...headers.values()],
    headers.getSetCookie(),
    NAMES.map((name) => [headers.get(name), headers.has(name)]),
  ];
}

/** Normalizes the iterated pairs for the differences of the runtime's own Headers. */
function comparable(pairs: [string, string][], headers: Headers): unknown[] {
  const isCookie = ([name]: [string, string]) => name === "set-cookie";
  if (!ITERATES_EMPTY_VALUES) {
    pairs = pairs.map(([name, value]) => [name, isCookie([name, value]) ? value : headers.get(name) ?? ""]);
  }
  if (SORTS_COOKIES) return pairs;
  return [...pairs.filter((pair) => !isCookie(pair)), ...pairs.filter(isCookie)];
}

function compareRandomly(seed: number): void {
  const random = randomOf(seed);
  const pick = (good: readonly string[], bad: readonly string[]): string => {
    const list = random(12) === 0 ? bad : good;
    return list[random(list.length)] ?? "";
  };
  const init = Array.from({ length: random(4) }, (): [string, string] => [pick(NAMES, []) || "a", "0"]);
  const both: [HeaderMap, Headers] = [new HeaderMap(init), new Headers(init)];
  const done: string[] = [JSON.stringify(init)];
  for (let step = 0; step < 30; step++) {
    const operation = (["append", "set", "delete", "get", "has", "append"] as const)[random(6)] ?? "set";
    const name = pick(NAMES, BAD_NAMES);
    const value = pick(VALUES, BAD_VALUES);
    done.push(`${operation}(${JSON.stringify(name)}, ${JSON.stringify(value)})`);
    const [ours, theirs] = both.map((headers: Headers) => outcomeOf(() => headers[operation](name, value)));
    same(`Seed ${seed}, ${done.join(", ")}`, ours, theirs);
    same(`Seed ${seed}, after ${done.join(", ")}`, contentOf(both[0]), contentOf(both[1]));
  }
  roundTrip(both[0]);
}

/** Checks that encoding and receiving again reproduces the exact text. */
function roundTrip(sent: HeaderMap): void {
  const bytes = Uint8Array.from(`>>${encodeFields(sent)}\r\n`, (char) => char.charCodeAt(0));
  const received = () => headerMapFromBytes(bytes, 2, bytes.length - 2);
  same("raw()", received().raw(), sent.raw());
  same("iteration", [...received()], [...sent]);
  for (const name of NAMES) same(`get(${name})`, received().get(name), sent.get(name));
}

for (let seed = 1; seed <= 300; seed++) compareRandomly(seed);

for (const length of [1, 20, 100, 5000]) {
  const bytes = Uint8Array.from({ length }, (_, i) => 0xff - i % 256);
  const codes = Array.from(decodeLatin1(bytes, 0, length), (char) => char.charCodeAt(0));
  same(`${length} bytes of Latin-1`, codes, [...bytes]);
}
same("status line", statusLine(421), "HTTP/1.1 421 Misdirected Request\r\n");
console.log("ok");
