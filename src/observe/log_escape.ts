// deno-lint-ignore no-control-regex -- they are what is looked for
const UNSAFE_IN_QUOTES = /[\x00-\x1f"\\\x7f-\uffff]/g;
const UNSAFE_IN_JSON = /[\x7f-\uffff]/g;

/** Characters of a value that came from a client. A longer one is cut, so that a line has a bounded size. */
const LONGEST = 4096;

/** Marks a value that was cut. */
const CUT = "...";

/** Cuts a value of a client to a bounded size. */
export function bounded(value: string): string {
  return value.length <= LONGEST ? value : value.slice(0, LONGEST) + CUT;
}

/**
 * Escapes text for a quoted field of a log, as Apache does: quotes and back slashes by a back slash, and all
 * that is not printable ASCII as `\xhh` or `\uhhhh`. Without this a client could end the line and forge
 * another, or send codes to the terminal of a reader.
 *
 * @param value A value of a client; it is cut behind 4096 characters.
 */
export function escapeQuoted(value: string): string {
  return bounded(value).replace(UNSAFE_IN_QUOTES, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = character.charCodeAt(0);
    return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/**
 * Serializes a record as one line of JSON in ASCII: control characters of C1 and separators of lines, which
 * JSON allows as they are, are escaped too.
 *
 * @param record Values that JSON knows.
 */
export function toJsonLine(record: Readonly<Record<string, string | number | boolean | null>>): string {
  return JSON.stringify(record).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${hex(character.charCodeAt(0), 4)}`,
  );
}

/** Describes whatever was thrown. It never throws itself. */
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
