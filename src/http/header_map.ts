import { ResponseError } from "./errors.ts";
import { scanFieldValue } from "./field_grammar.ts";
import { type FieldName, fieldName, MAX_KNOWN_VALUE, quoteName } from "./field_name.ts";
import { flawOfValue, trimmedSlice } from "./field_value.ts";
import { decodeLatin1 } from "./latin1.ts";
import { fieldPairs, lowerName, readField, separatorOf, splitFields } from "./received_fields.ts";

/** The values that a {@linkcode HeaderMap} can be created from: pairs, a record, a `Headers`, another map. */
export type HeaderMapInit =
  // The separate array type lets the compiler infer pairs for an array literal.
  | readonly (readonly [name: string, value: string])[]
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string>>;

// Friend functions of HeaderMap: operations for the rest of the server that users of a map must not have. The
// class assigns them below, because only code inside the class can access its private members.

/**
 * Creates a map of a received field section that the parser accepted: lines of `name: value`, each ended by
 * CRLF, without the empty line after them. Nothing is decoded until a method is called, so the bytes must not
 * change.
 */
export let headerMapFromBytes: (bytes: Uint8Array, start: number, end: number) => HeaderMap;

/** Does the work of {@linkcode headerMapFromBytes} for a section that is already decoded. */
export let headerMapFromText: (section: string) => HeaderMap;

/**
 * Creates a map of fields that another thread wrote with {@linkcode encodeFields}. `framing` and `ascii` are
 * the results of {@linkcode framingFields} and {@linkcode fieldsAreAscii} on that thread; with them, none of
 * the three functions has to split the section again.
 */
export let headerMapFromEncoded: (section: string, framing: number, ascii: boolean) => HeaderMap;

/** Reads the section of a map made by {@linkcode headerMapFromEncoded}; `null` for any other map. */
export let encodedSection: (map: HeaderMap) => string | null;

/** Locks a map whose head has been sent: every later change throws. */
export let lockHeaders: (map: HeaderMap) => void;

/**
 * Encodes all fields in order as lines of `name: value`, each ended by CRLF, without an empty line after
 * them.
 */
export let encodeFields: (map: HeaderMap) => string;

/**
 * Checks that the output of {@linkcode encodeFields} is ASCII, so that its UTF-8 and Latin-1 encodings are
 * equal. The result stays `false` after values that are not ASCII have been removed.
 */
export let fieldsAreAscii: (map: HeaderMap) => boolean;

/** Copies the fields in order to a flat list: name in lower case, name as given, value. */
export let copyFields: (map: HeaderMap) => readonly string[];

/**
 * Compares the fields of a map that was not received with a list from {@linkcode copyFields}; `true` if they
 * are equal.
 */
export let consistsOf: (map: HeaderMap, fields: readonly string[]) => boolean;

/** Determines which fields that matter to the encoder are present: a sum of the `FIELD_` constants. */
export let framingFields: (map: HeaderMap) => number;

/** Does the work of {@linkcode HeaderMap.has} for a name that is known to be a token in lower case. */
export let hasField: (map: HeaderMap, lowerName: string) => boolean;

/** Does the work of {@linkcode HeaderMap.get} for a name that is known to be a token in lower case. */
export let getField: (map: HeaderMap, lowerName: string) => string | null;

/**
 * The fields of a message, in order. A `HeaderMap` has the methods and the semantics of the Fetch standard's
 * `Headers`: names are case-insensitive, {@linkcode HeaderMap.get} joins the values of a name with `", "`
 * (those of `cookie` with `"; "`, RFC 6265 section 5.4), iteration is sorted and combined. {@linkcode
 * HeaderMap.raw} also gives what `Headers` loses: the order, the casing, and the separate lines of a repeated
 * name.
 *
 * A `HeaderMap` is stricter than `Headers` in two ways. It refuses control characters other than TAB anywhere
 * in a value, also line breaks at the ends, which `Headers` removes: no value can split the message. It
 * refuses `undefined` as a name or value, which `Headers` converts to the text `undefined`.
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
  // Three entries for each field: the name in lower case (see lowerName()), the name as given, the value. A
  // message has few fields, so a linear search is faster than an index. An array also has no inherited keys,
  // so `__proto__` is an ordinary field name.
  #fields: string[] = [];
  #framing = 0;
  /** `true` if all values are ASCII; `null` if unknown. */
  #ascii: boolean | null = true;
  /** Cached result of iteration; `null` after a change. */
  #sorted: readonly [string, string][] | null = null;
  /** A received section that is not yet decoded. */
  #bytes: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  /** A received section that is decoded but not yet split. */
  #section: string | null = null;
  /** `true` if `#framing` and `#ascii` are valid for a section that is not yet split. */
  #encoded = false;
  /** `true` if the map must not change any more. */
  #locked = false;

  /**
   * Creates a map, empty or filled.
   *
   * @param init Pairs in any iterable, a record, a `Headers` or another map. A repeated name stays a field of
   * its own.
   * @throws {TypeError} If a name or value is not allowed, as documented at {@linkcode HeaderMap.append}.
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
   * Adds a field at the end, and keeps existing fields of that name.
   *
   * @param name A token (RFC 9110 section 5.6.2); its casing is sent as given.
   * @param value Latin-1 text without control characters. Spaces and tabs at its ends are removed.
   * @throws {TypeError} If the name is not a token, or the value is `undefined` or has a control character
   * other than TAB or a character above U+00FF.
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
   * @returns The values of all its fields in order, joined with `", "`, those of `cookie` with `"; "`; `null`
   * if there is none.
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
   * Reads the values of `set-cookie`, the only field whose values must not be joined.
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
   * Checks for a field of a name.
   *
   * @param name A token, in any casing.
   * @returns `true` if there is such a field, even with an empty value.
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
   * Sets the only value of a name. The first field of that name is replaced in its position and further ones
   * are removed; if there is none, a field is added at the end.
   *
   * @param name A token (RFC 9110 section 5.6.2); its casing is sent as given.
   * @param value Latin-1 text without control characters. Spaces and tabs at its ends are removed.
   * @throws {TypeError} If the name is not a token, or the value is `undefined` or has a control character
   * other than TAB or a character above U+00FF.
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
      // An array of the right size: `push()` on an empty array would allocate room for 17 entries.
      this.#fields = [known.lower, known.given, text];
    }
  }

  /**
   * Calls a function for each name, in the order and combination of {@linkcode HeaderMap.entries}.
   *
   * @param callback Receives the value, the name in lower case, and this map.
   * @param thisArg The value of `this` in the callback.
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
   * Iterates over the names, in lower case and sorted. Each name occurs once, except `set-cookie`, which
   * occurs once for each of its fields.
   *
   * @returns An iterator that sees later changes, as the iterator of `Headers` does.
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
   * Iterates over the values, in the order and combination of {@linkcode HeaderMap.entries}.
   *
   * @returns An iterator that sees later changes, as the iterator of `Headers` does.
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
   * Iterates over pairs of name and combined value, sorted by the name in lower case. Fields of `set-cookie`
   * are not combined: each is a pair of its own.
   *
   * @returns An iterator that sees later changes, as the iterator of `Headers` does.
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
   * Iterates like {@linkcode HeaderMap.entries}.
   *
   * @returns An iterator that sees later changes, as the iterator of `Headers` does.
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
   * Lists the fields as they were received or set: in order, with their casing, not combined.
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

  /** Checks a value that a program passed, and updates `#ascii`. */
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

  /** Decodes the received section; `null` if the section is already split or the map was not received. */
  #received(): string | null {
    if (this.#bytes !== null) {
      this.#section = decodeLatin1(this.#bytes, this.#start, this.#end);
      this.#bytes = null;
    }
    return this.#section;
  }

  /** Splits the received section, if any, so that `#fields` holds all fields. */
  #split(): void {
    const section = this.#received();
    if (section === null) return;
    this.#section = null;
    if (!this.#encoded) this.#ascii = null;
    this.#framing = splitFields(section, this.#fields);
  }
}
