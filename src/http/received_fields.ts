import { framingOf } from "./field_name.ts";
import { trimmedSlice } from "./field_value.ts";

// Reads a field section as it was received: lines of `name: value`, each ended by CRLF, that the parser found
// valid. Every line has a colon after a token, and no CR except at its end.

/**
 * Text between two values of a combined field: `", "` (RFC 9110 section 5.3), for `cookie` `"; "` (RFC 6265
 * section 5.4, RFC 9113 section 8.2.3).
 *
 * @param lower The name, in lower case.
 * @returns The separator.
 */
export function separatorOf(lower: string): ", " | "; " {
  return lower === "cookie" ? "; " : ", ";
}

/**
 * Finds the value of a name without taking the section apart, which is cheaper as long as a handler asks for a
 * few fields.
 *
 * @param section The lines.
 * @param lower The name, a token in lower case.
 * @returns The values of all fields of that name, joined as by {@linkcode separatorOf}; `null` if there is none.
 */
export function readField(section: string, lower: string): string | null {
  const length = lower.length;
  let joined: string | null = null;
  for (let at = 0; at < section.length;) {
    const end = section.indexOf("\r", at);
    if (section.charCodeAt(at + length) === 0x3a && startsWith(section, at, lower)) {
      const value = trimmedSlice(section, at + length + 1, end);
      joined = joined === null ? value : joined + separatorOf(lower) + value;
    }
    at = end + 2;
  }
  return joined;
}

/** Compares the text at an index to a name in lower case, in any casing. */
function startsWith(section: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const wanted = lower.charCodeAt(i);
    const code = section.charCodeAt(at + i);
    if (code !== wanted && !(wanted >= 0x61 && wanted <= 0x7a && code === wanted - 0x20)) return false;
  }
  return true;
}

/**
 * Takes a section apart into a flat list. Cutting one decoded text is cheaper than decoding each part.
 *
 * @param section The lines.
 * @param fields Receives three entries for each line: an empty string, which {@linkcode lowerName} fills; the
 * name as received; the value.
 * @returns The sum of the `FIELD_` constants of the names.
 */
export function splitFields(section: string, fields: string[]): number {
  let framing = 0;
  for (let at = 0; at < section.length;) {
    const colon = section.indexOf(":", at);
    const end = section.indexOf("\r", colon);
    const name = section.slice(at, colon);
    fields.push("", name, trimmedSlice(section, colon + 1, end));
    framing |= framingOf(name);
    at = end + 2;
  }
  return framing;
}

/**
 * Takes a section apart into pairs, which is cheaper than {@linkcode splitFields} where nothing else is needed.
 *
 * @param section The lines.
 * @returns The name as received and the value of each line.
 */
export function fieldPairs(section: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < section.length;) {
    const colon = section.indexOf(":", at);
    const end = section.indexOf("\r", colon);
    pairs.push([section.slice(at, colon), trimmedSlice(section, colon + 1, end)]);
    at = end + 2;
  }
  return pairs;
}

/**
 * Joins several `cookie` fields into the first. Deno's `Headers` would join them with `", "`, which makes one
 * malformed cookie of two.
 *
 * @param pairs Name and value of each field, in order. They are changed.
 * @returns The same array.
 */
export function joinCookies(pairs: [name: string, value: string][]): [name: string, value: string][] {
  let first: [string, string] | null = null;
  let kept = 0;
  for (const pair of pairs) {
    if (pair[0].length === 6 && pair[0].toLowerCase() === "cookie") {
      if (first !== null) {
        first[1] += separatorOf("cookie") + pair[1];
        continue;
      }
      first = pair;
    }
    pairs[kept++] = pair;
  }
  pairs.length = kept;
  return pairs;
}

/**
 * Name of a field in lower case, made when it is first asked for, as most names never are.
 *
 * @param fields Three entries for each field: the name in lower case, empty until now if the field was received;
 * the name as given; the value.
 * @param at The index of the first of the three.
 * @returns The name in lower case.
 */
export function lowerName(fields: string[], at: number): string {
  return (fields[at] as string) || (fields[at] = (fields[at + 1] as string).toLowerCase());
}
