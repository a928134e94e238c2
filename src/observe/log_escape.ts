// deno-lint-ignore no-control-regex -- control characters are looked for
const UNSAFE_IN_QUOTES = /[\x00-\x1f"\\\x7f-\uffff]/g;
const UNSAFE_IN_JSON = /[\x7f-\uffff]/g;

/**
 * Maximum number of characters of a client's value. A longer one is cut, so that a line has a bounded size.
 */
const LONGEST = 4096;

/** Stands at the end of a value that was cut. */
const CUT = "...";

/** Cuts a client's value to a bounded size. */
export function bounded(value: string): string {
  return value.length <= LONGEST ? value : value.slice(0, LONGEST) + CUT;
}

/**
 * Escapes text for a quoted field of a log as Apache does: quotes and backslashes by a backslash, characters
 * other than printable ASCII as `\xhh` or `\uhhhh`. Without this a client could end the line and forge
 * another, or send control codes to a reader's terminal.
 *
 * @param value A client's value; it is cut after 4096 characters.
 */
export function escapeQuoted(value: string): string {
  return bounded(value).replace(UNSAFE_IN_QUOTES, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = character.charCodeAt(0);
    return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/**
 * Serializes a record as one line of JSON in ASCII. C1 control characters and U+2028, U+2029, which JSON
 * allows unescaped, are escaped too.
 */
export function toJsonLine(record: Readonly<Record<string, string | number | boolean | null>>): string {
  return JSON.stringify(record).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${hex(character.charCodeAt(0), 4)}`,
  );
}

/** Describes a thrown value, of any type. Never throws. */
export function describeError(error: unknown): string {
  try {
    return bounded(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  } catch {
    return "An error that cannot be described";
  }
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
