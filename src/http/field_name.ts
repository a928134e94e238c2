import { isToken } from "./field_grammar.ts";

/** Set in the framing fields of a map if there is a `date` field. */
export const FIELD_DATE = 1;
/** Set in the framing fields of a map if there is a `content-length` field. */
export const FIELD_CONTENT_LENGTH = 2;
/** Set in the framing fields of a map if there is a `transfer-encoding` field. */
export const FIELD_TRANSFER_ENCODING = 4;
/** Set in the framing fields of a map if there is a `connection` field. */
export const FIELD_CONNECTION = 8;
/** Set in the framing fields of a map if there is a `trailer` field. */
export const FIELD_TRAILER = 16;
/** Set in the framing fields of a map if there is an `upgrade` field. */
export const FIELD_UPGRADE = 32;

const FRAMING: ReadonlyMap<string, number> = new Map([
  ["date", FIELD_DATE],
  ["content-length", FIELD_CONTENT_LENGTH],
  ["transfer-encoding", FIELD_TRANSFER_ENCODING],
  ["connection", FIELD_CONNECTION],
  ["trailer", FIELD_TRAILER],
  ["upgrade", FIELD_UPGRADE],
]);

/** A bit for each length of a name in `FRAMING`. Most names have another length and need not be hashed. */
const FRAMING_LENGTHS = 1 << 4 | 1 << 7 | 1 << 10 | 1 << 14 | 1 << 17;

/**
 * Looks up the `FIELD_` constant of a name.
 *
 * @param name The name, in any casing.
 * @returns The constant; 0 if the name has none.
 */
export function framingOf(name: string): number {
  return (FRAMING_LENGTHS & 1 << name.length) === 0 ? 0 : FRAMING.get(name.toLowerCase()) ?? 0;
}

/** A checked field name in one casing, with the properties derived from it. */
export interface FieldName {
  /** The name as given. */
  readonly given: string;
  /** The name in lower case, as a key for look-ups. */
  readonly lower: string;
  /** The `FIELD_` constant of the name, or 0. */
  readonly framing: number;
  /** The last valid value of this name: ASCII, at most {@linkcode MAX_KNOWN_VALUE} characters. */
  knownValue: string;
}

// Programs set the same few fields again and again, often to the same values. Remembering the result of each
// check about halves the cost of making and encoding a map. The number of names is limited, because a program
// may generate names or take them from a client.
const names = new Map<string, FieldName>();
const MAX_NAMES = 512;
const MAX_NAME_LENGTH = 64;

/** Length in characters of the longest value that is remembered with its name. */
export const MAX_KNOWN_VALUE = 64;

/**
 * Checks a name that a program passed.
 *
 * @param name A token, in any casing. Plain JavaScript may pass something that is not a string.
 * @param action The attempted operation for the error message, for example `set`.
 * @returns The properties of the name.
 * @throws {TypeError} If the name is not a token.
 */
export function fieldName(name: string, action: string): FieldName {
  return names.get(name) ?? learn(name, action);
}

function learn(name: string, action: string): FieldName {
  if (name === undefined) throw new TypeError(`Cannot ${action} header: name is undefined`);
  const given = typeof name === "string" ? name : `${name}`;
  if (!isToken(given)) {
    throw new TypeError(`Cannot ${action} header ${quoteName(given)}: name is not a token`);
  }
  const lower = given.toLowerCase();
  const known = { given, lower, framing: framingOf(given), knownValue: "" };
  if (given.length <= MAX_NAME_LENGTH) {
    if (names.size >= MAX_NAMES) names.clear();
    names.set(given, known);
  }
  return known;
}

/**
 * Quotes a name for an error message, which may be printed to a terminal or a log.
 *
 * @param name Any string.
 * @returns The name in quotes, cut to 64 characters, with all characters other than printable ASCII escaped.
 */
export function quoteName(name: string): string {
  const shown = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name;
  return JSON.stringify(shown).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
