import { framingOf } from "./field_name.ts";
import { trimmedSlice } from "./field_value.ts";

// Functions to read a received field section: lines of `name: value`, each ended by CRLF, that the parser
// accepted. Every line has a colon after a token, and no CR except at its end.

/**
 * Separator of the values of a combined field: `", "` (RFC 9110 section 5.3), or `"; "` for `cookie` (RFC
 * 6265 section 5.4, RFC 9113 section 8.2.3).
 *
 * @param lower The name, in lower case.
 * @returns The separator.
 */
export function separatorOf(lower: string): ", " | "; " {
  return lower === "cookie" ? "; " : ", ";
}

/**
 * Finds the value of a name without splitting the section. This is cheaper while a handler reads only a few
 * fields.
 *
 * @param section The lines.
 * @param lower The name, a token in lower case.
 * @returns The values of all fields of that name, joined with {@linkcode separatorOf}; `null` if there is
 * none.
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

/** Compares the text at an index to a name in lower case, ignoring case. */
function startsWith(section: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const wanted = lower.charCodeAt(i);
    const code = section.charCodeAt(at + i);
    if (code !== wanted && !(wanted >= 0x61 && wanted <= 0x7a && code === wanted - 0x20)) return false;
  }
  return true;
}

/**
 * Splits a section into a flat list. Slicing one decoded text is cheaper than decoding each part.
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
 * Splits a section into pairs. This is cheaper than {@linkcode splitFields} if only the pairs are needed.
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
 * Joins several `cookie` fields into the first one. Deno's `Headers` would join them with `", "`, which turns
 * two cookies into one malformed cookie.
 *
 * @param pairs Name and value of each field, in order. The array is changed.
 * @returns The array that was passed.
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
 * Name of a field in lower case, created on first use because most names are never looked up.
 *
 * @param fields Three entries for each field: the name in lower case, or an empty string if the field was
 * received and its name not yet used; the name as given; the value.
 * @param at Index of the first of the three.
 * @returns The name in lower case.
 */
export function lowerName(fields: string[], at: number): string {
  return (fields[at] as string) || (fields[at] = (fields[at + 1] as string).toLowerCase());
}
