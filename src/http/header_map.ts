import { ResponseError } from "./errors.ts";
import { scanFieldValue } from "./field_grammar.ts";
import { type FieldName, fieldName, MAX_KNOWN_VALUE, quoteName } from "./field_name.ts";
import { flawOfValue, trimmedSlice } from "./field_value.ts";
import { decodeLatin1 } from "./latin1.ts";
import { fieldPairs, lowerName, readField, separatorOf, splitFields } from "./received_fields.ts";

/** What a {@linkcode HeaderMap} can be made from: pairs, a record, a `Headers`, another map. */
export type HeaderMapInit =
  // An array for itself, so that one that is made on the spot is inferred to be of pairs.
  | readonly (readonly [name: string, value: string])[]
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string>>;

// The friends of HeaderMap: what the rest of the server may do with a map and its users may not. The class
// assigns them below, because only code inside it can reach its private members.

/**
 * Makes a map of a received field section that the parser found valid: lines of `name: value`, each ended by
 * CRLF, without the empty line behind them. Nothing is decoded before a method is called, and the bytes must
 * not change.
 */
export let headerMapFromBytes: (bytes: Uint8Array, start: number, end: number) => HeaderMap;

/** {@linkcode headerMapFromBytes} for a section that has been decoded. */
export let headerMapFromText: (section: string) => HeaderMap;

/**
 * A map of fields that another thread has written with {@linkcode encodeFields}, with what {@linkcode framingFields} and
 * {@linkcode fieldsAreAscii} said there: none of the three takes the section apart again.
 */
export let headerMapFromEncoded: (section: string, framing: number, ascii: boolean) => HeaderMap;

/** The section of a map made by {@linkcode headerMapFromEncoded}; `null` of any other. */
export let encodedSection: (map: HeaderMap) => string | null;

/** From now on every change of the map throws: it belongs to a response whose head has been sent. */
export let lockHeaders: (map: HeaderMap) => void;

/** All fields in order as `name: value` lines, each ended by CRLF; no empty line behind them. */
export let encodeFields: (map: HeaderMap) => string;

/**
 * Whether {@linkcode encodeFields} is sure to give ASCII, so that its UTF-8 and its Latin-1 are the same
 * bytes. Still `false` when the values that were not ASCII have been removed again.
 */
export let fieldsAreAscii: (map: HeaderMap) => boolean;

/** Name in lower case, name and value of each field in order, one after the other. */
export let copyFields: (map: HeaderMap) => readonly string[];

/** Whether a map that was not received has exactly these fields, given as by {@linkcode copyFields}. */
export let consistsOf: (map: HeaderMap, fields: readonly string[]) => boolean;

/** Which of the fields that matter to the encoder are there: a sum of the `FIELD_` constants. */
export let framingFields: (map: HeaderMap) => number;

/** {@linkcode HeaderMap.has} without the check of the name, which must be a token in lower case. */
export let hasField: (map: HeaderMap, lowerName: string) => boolean;

/** {@linkcode HeaderMap.get} without the check of the name, which must be a token in lower case. */
export let getField: (map: HeaderMap, lowerName: string) => string | null;

/**
 * The fields of a message, in order. It has the methods of the Fetch standard's `Headers`, with the same
 * semantics: names are case-insensitive, {@linkcode HeaderMap.get} joins the values of a name with `", "`
 * (those of `cookie` with `"; "`, RFC 6265 section 5.4), iteration is sorted and combined. What `Headers` loses is kept and given by {@linkcode HeaderMap.raw}:
 * order, casing, and which values came on lines of their own.
 *
 * It is stricter than `Headers` in two things. A value with a line break is refused even at its ends, where
 * `Headers` strips it, and so is every other control character but TAB: no value can split the message. And
 * `undefined` is refused as a name or value, where `Headers` takes it for the text `undefined`.
 *
 * @example Setting and reading
 * ```ts
 * import { HeaderMap } from "@handoff/server";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const headers = new HeaderMap({ "Content-Type": "text/plain" });
 * headers.append("Vary", "accept");
 * headers.append("vary", "cookie");
 *
 * assertEquals(headers.get("content-type"), "text/plain");
 * assertEquals(headers.get("vary"), "accept, cookie");
 * assertThrows(() => headers.set("x", "a\r\nset-cookie: b"), TypeError, "line break");
 * ```
 */
export class HeaderMap {
  // Three entries for each field: its name in lower case (see lowerName()), its name as given, its value. A message has so few
  // fields that looking through them beats any index, and an array has no names of its own, so that
  // `__proto__` is a field.
  #fields: string[] = [];
  #framing = 0;
  /** Whether all values are ASCII; `null` where nobody has looked. */
  #ascii: boolean | null = true;
  /** What iteration yields, while nothing has changed since it was made. */
  #sorted: readonly [string, string][] | null = null;
  /** A received section that has not been decoded. */
  #bytes: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  /** A received section that has been decoded but not taken apart. */
  #section: string | null = null;
  /** Whether `#framing` and `#ascii` hold for a section that has not been taken apart. */
  #encoded = false;
  /** Whether the map must not be changed any more. */
  #locked = false;

  /**
   * Makes a map, empty or filled.
   *
   * @param init Pairs in any iterable, a record, a `Headers` or another map. Repeated names are kept apart.
   * @throws {TypeError} If a name or value is not allowed, as {@linkcode HeaderMap.append} tells.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap([["Accept", "text/html"], ["Accept", "text/plain"]]);
   *
   * assertEquals(headers.get("accept"), "text/html, text/plain");
   * ```
   */
  constructor(init?: HeaderMapInit) {
    if (init !== undefined) this.#fill(init);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): "HeaderMap" {
    return "HeaderMap";
  }

  /**
   * Adds a field at the end, whether or not there is one of that name.
   *
   * @param name A token (RFC 9110 section 5.6.2); its casing is sent as given.
   * @param value Latin-1 text without control characters. Blanks and tabs at its ends are removed.
   * @throws {TypeError} If the name is not a token, or the value is `undefined` or has a control character other
   * than TAB or a character above U+00FF.
   * @throws {ResponseError} If the map belongs to a response whose head has been sent.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap();
   * headers.append("Set-Cookie", "a=1");
   * headers.append("Set-Cookie", "b=2");
   *
   * assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
   * ```
   */
  append(name: string, value: string): void {
    const known = fieldName(name, "append");
    if (this.#locked) this.#refuse(name, "append");
    const text = this.#admit(known, value, "append");
    this.#split();
    this.#fields.push(known.lower, known.given, text);
    this.#framing |= known.framing;
    this.#sorted = null;
  }

  /**
   * Removes all fields of a name.
   *
   * @param name A token, in any casing.
   * @throws {TypeError} If the name is not a token.
   * @throws {ResponseError} If the map belongs to a response whose head has been sent.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap({ Server: "handoff" });
   * headers.delete("server");
   *
   * assertEquals(headers.has("Server"), false);
   * ```
   */
  delete(name: string): void {
    const known = fieldName(name, "delete");
    if (this.#locked) this.#refuse(name, "delete");
    this.#split();
    this.#removeFrom(0, known.lower);
    this.#framing &= ~known.framing;
  }

  /**
   * Reads the value of a name.
   *
   * @param name A token, in any casing.
   * @returns The values of all its fields in order, joined with `", "`, those of `cookie` with `"; "`; `null` if
   * there is none.
   * @throws {TypeError} If the name is not a token.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap({ "content-type": "text/html" });
   *
   * assertEquals(headers.get("Content-Type"), "text/html");
   * assertEquals(headers.get("etag"), null);
   * ```
   */
  get(name: string): string | null {
    return this.#read(fieldName(name, "get").lower);
  }

  /**
   * Reads the values of `set-cookie`, the one field whose values must not be joined.
   *
   * @returns One entry for each field, in order; empty if there is none.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap({ "set-cookie": "id=7; expires=Thu, 01 Jan 2032 00:00:00 GMT" });
   *
   * assertEquals(headers.getSetCookie().length, 1);
   * ```
   */
  getSetCookie(): string[] {
    this.#split();
    const fields = this.#fields;
    const cookies: string[] = [];
    for (let i = 0; i < fields.length; i += 3) {
      if (lowerName(fields, i) === "set-cookie") cookies.push(fields[i + 2] as string);
    }
    return cookies;
  }

  /**
   * Tells whether there is a field of a name.
   *
   * @param name A token, in any casing.
   * @returns `true` also if its value is empty.
   * @throws {TypeError} If the name is not a token.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assert } from "@std/assert";
   *
   * assert(new HeaderMap({ TE: "trailers" }).has("te"));
   * ```
   */
  has(name: string): boolean {
    return this.#has(fieldName(name, "look for").lower);
  }

  /**
   * Gives a name this one value: the first field of the name is replaced where it stands, any others are
   * removed, and where there was none it is added at the end.
   *
   * @param name A token (RFC 9110 section 5.6.2); its casing is sent as given.
   * @param value Latin-1 text without control characters. Blanks and tabs at its ends are removed.
   * @throws {TypeError} If the name is not a token, or the value is `undefined` or has a control character other
   * than TAB or a character above U+00FF.
   * @throws {ResponseError} If the map belongs to a response whose head has been sent.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap([["a", "1"], ["b", "2"], ["a", "3"]]);
   * headers.set("A", "4");
   *
   * assertEquals(headers.raw(), [["A", "4"], ["b", "2"]]);
   * ```
   */
  set(name: string, value: string): void {
    const known = fieldName(name, "set");
    if (this.#locked) this.#refuse(name, "set");
    const text = this.#admit(known, value, "set");
    this.#split();
    this.#sorted = null;
    this.#framing |= known.framing;
    const fields = this.#fields;
    const at = this.#find(known.lower);
    if (at !== -1) {
      fields[at + 1] = known.given;
      fields[at + 2] = text;
      this.#removeFrom(at + 3, known.lower);
    } else if (fields.length > 0) {
      fields.push(known.lower, known.given, text);
    } else {
      // An array of the right size at once: a push onto an empty one makes room for 17.
      this.#fields = [known.lower, known.given, text];
    }
  }

  /**
   * Calls a function for each name, in the order and combination of {@linkcode HeaderMap.entries}.
   *
   * @param callback Gets the value, the name in lower case, and this map.
   * @param thisArg What `this` is in the callback.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const seen: string[] = [];
   * new HeaderMap({ B: "2", A: "1" }).forEach((value, name) => seen.push(`${name}=${value}`));
   *
   * assertEquals(seen, ["a=1", "b=2"]);
   * ```
   */
  forEach(callback: (value: string, name: string, map: HeaderMap) => void, thisArg?: unknown): void {
    for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this);
  }

  /**
   * The names, in lower case and sorted. A name stands once, but `set-cookie` once for each of its fields.
   *
   * @returns An iterator that sees later changes, as that of `Headers` does.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals([...new HeaderMap({ Host: "a", Accept: "*" }).keys()], ["accept", "host"]);
   * ```
   */
  *keys(): IteratorObject<string, undefined, unknown> {
    for (const [name] of this.entries()) yield name;
  }

  /**
   * The values, in the order and combination of {@linkcode HeaderMap.entries}.
   *
   * @returns An iterator that sees later changes, as that of `Headers` does.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals([...new HeaderMap({ Host: "a", Accept: "*" }).values()], ["*", "a"]);
   * ```
   */
  *values(): IteratorObject<string, undefined, unknown> {
    for (const [, value] of this.entries()) yield value;
  }

  /**
   * Name and combined value of each name, sorted by the name in lower case. Only the fields of `set-cookie`
   * are not combined: each is a pair of its own.
   *
   * @returns An iterator that sees later changes, as that of `Headers` does.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap([["Vary", "a"], ["ETag", '"1"'], ["Vary", "b"]]);
   *
   * assertEquals([...headers.entries()], [["etag", '"1"'], ["vary", "a, b"]]);
   * ```
   */
  *entries(): IteratorObject<[string, string], undefined, unknown> {
    for (let i = 0;; i++) {
      const pair = (this.#sorted ??= this.#sort())[i];
      if (pair === undefined) return;
      yield [pair[0], pair[1]];
    }
  }

  /**
   * The same as {@linkcode HeaderMap.entries}.
   *
   * @returns An iterator that sees later changes, as that of `Headers` does.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Object.fromEntries(new HeaderMap({ Host: "a" })), { host: "a" });
   * ```
   */
  [Symbol.iterator](): IteratorObject<[string, string], undefined, unknown> {
    return this.entries();
  }

  /**
   * The fields as they were received or given: in order, with their casing, nothing combined.
   *
   * @returns New pairs of name and value.
   *
   * @example
   * ```ts
   * import { HeaderMap } from "@handoff/server";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new HeaderMap([["X-B", "1"], ["X-A", "2"], ["x-b", "3"]]);
   *
   * assertEquals(headers.raw(), [["X-B", "1"], ["X-A", "2"], ["x-b", "3"]]);
   * ```
   */
  raw(): [name: string, value: string][] {
    const section = this.#received();
    if (section !== null) return fieldPairs(section);
    const fields = this.#fields;
    const pairs: [string, string][] = [];
    for (let i = 0; i < fields.length; i += 3) pairs.push([fields[i + 1] as string, fields[i + 2] as string]);
    return pairs;
  }

  static {
    headerMapFromBytes = (bytes, start, end) => {
      const map = new HeaderMap();
      map.#bytes = bytes;
      map.#start = start;
      map.#end = end;
      return map;
    };
    headerMapFromText = (section) => {
      const map = new HeaderMap();
      map.#section = section;
      return map;
    };
    headerMapFromEncoded = (section, framing, ascii) => {
      const map = new HeaderMap();
      map.#section = section;
      map.#framing = framing;
      map.#ascii = ascii;
      map.#encoded = true;
      return map;
    };
    encodedSection = (map) => map.#encoded ? map.#section : null;
    lockHeaders = (map) => {
      map.#locked = true;
    };
    encodeFields = (map) => {
      if (map.#encoded && map.#section !== null) return map.#section;
      map.#split();
      const fields = map.#fields;
      let text = "";
      for (let i = 0; i < fields.length; i += 3) text += fields[i + 1] + ": " + fields[i + 2] + "\r\n";
      return text;
    };
    copyFields = (map) => {
      map.#split();
      const fields = map.#fields;
      for (let i = 0; i < fields.length; i += 3) lowerName(fields, i);
      return fields.slice();
    };
    consistsOf = (map, fields) => {
      const own = map.#fields;
      if (own.length !== fields.length || map.#bytes !== null || map.#section !== null) return false;
      for (let i = 0; i < own.length; i++) if (own[i] !== fields[i]) return false;
      return true;
    };
    fieldsAreAscii = (map) => {
      if (!map.#encoded) map.#split();
      return map.#ascii ??= (scanFieldValue(map.#fields.join("")) & ~0x7f) === 0;
    };
    framingFields = (map) => {
      if (!map.#encoded) map.#split();
      return map.#framing;
    };
    hasField = (map, lowerName) => map.#has(lowerName);
    getField = (map, lowerName) => map.#read(lowerName);
  }

  #fill(init: HeaderMapInit): void {
    if (init instanceof HeaderMap) {
      init.#split();
      this.#fields = init.#fields.slice();
      this.#framing = init.#framing;
      this.#ascii = init.#ascii;
      return;
    }
    if (init === null || (typeof init !== "object" && typeof init !== "function")) {
      throw new TypeError("Cannot make a HeaderMap: the init is neither an iterable of pairs nor a record");
    }
    const pairs = init as Iterable<Iterable<string>>;
    if (pairs[Symbol.iterator] !== undefined && pairs[Symbol.iterator] !== null) {
      for (const pair of pairs) {
        const parts = typeof pair === "object" && pair !== null ? [...pair] : [];
        if (parts.length !== 2) {
          throw new TypeError(
            "Cannot make a HeaderMap: an element of the init is not a pair of name and value",
          );
        }
        this.append(parts[0] as string, parts[1] as string);
      }
    } else {
      for (const [name, value] of Object.entries(init)) this.append(name, value);
    }
  }

  #refuse(name: string, action: string): never {
    throw new ResponseError(`Cannot ${action} header ${quoteName(name)}: the head has been sent`);
  }

  /** Checks a value that a program gave, and notes whether it is ASCII. */
  #admit(name: FieldName, value: string, action: string): string {
    if (value === name.knownValue) return value;
    if (value === undefined) {
      throw new TypeError(`Cannot ${action} header ${quoteName(name.given)}: value is undefined`);
    }
    const given = typeof value === "string" ? value : `${value}`;
    const text = trimmedSlice(given, 0, given.length);
    const seen = scanFieldValue(text);
    if (seen < 0) {
      throw new TypeError(
        `Cannot ${action} header ${quoteName(name.given)}: value contains ${flawOfValue(text)}`,
      );
    }
    if (seen > 0x7f) this.#ascii = false;
    else if (text.length <= MAX_KNOWN_VALUE) name.knownValue = text;
    return text;
  }

  #find(lower: string): number {
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i += 3) if (lowerName(fields, i) === lower) return i;
    return -1;
  }

  #has(lower: string): boolean {
    const section = this.#received();
    return section === null ? this.#find(lower) !== -1 : readField(section, lower) !== null;
  }

  #read(lower: string): string | null {
    const section = this.#received();
    if (section !== null) return readField(section, lower);
    const fields = this.#fields;
    let joined: string | null = null;
    for (let i = 0; i < fields.length; i += 3) {
      if (lowerName(fields, i) !== lower) continue;
      joined = joined === null ? fields[i + 2] as string : joined + separatorOf(lower) + fields[i + 2];
    }
    return joined;
  }

  #removeFrom(start: number, lower: string): void {
    const fields = this.#fields;
    let kept = start;
    for (let i = start; i < fields.length; i += 3) {
      if (lowerName(fields, i) === lower) continue;
      if (kept !== i) fields.copyWithin(kept, i, i + 3);
      kept += 3;
    }
    fields.length = kept;
    this.#sorted = null;
  }

  #sort(): readonly [string, string][] {
    this.#split();
    const fields = this.#fields;
    const cookies: [string, string][] = [];
    const combined = new Map<string, string>();
    for (let i = 0; i < fields.length; i += 3) {
      const lower = lowerName(fields, i);
      const value = fields[i + 2] as string;
      if (lower === "set-cookie") {
        cookies.push([lower, value]);
        continue;
      }
      const before = combined.get(lower);
      combined.set(lower, before === undefined ? value : before + separatorOf(lower) + value);
    }
    return [...combined, ...cookies].sort(([a], [b]) => a < b ? -1 : Number(a > b));
  }

  /** The received section as text, unless it has been taken apart or there never was one. */
  #received(): string | null {
    if (this.#bytes !== null) {
      this.#section = decodeLatin1(this.#bytes, this.#start, this.#end);
      this.#bytes = null;
    }
    return this.#section;
  }

  /** Makes sure that `#fields` holds the fields, as it does from the start in a map that was not received. */
  #split(): void {
    const section = this.#received();
    if (section === null) return;
    this.#section = null;
    if (!this.#encoded) this.#ascii = null;
    this.#framing = splitFields(section, this.#fields);
  }
}
