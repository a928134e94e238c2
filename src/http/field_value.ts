/**
 * The text between two indexes, without the optional whitespace at its ends (OWS, RFC 9110 section 5.6.3).
 *
 * @param text Where the value lies.
 * @param start The first character that may belong to the value.
 * @param end The index behind the last.
 * @returns The value.
 */
export function trimmedSlice(text: string, start: number, end: number): string {
  // Where all of it is blank, the indexes pass each other, and the slice is empty.
  while (isBlank(text.charCodeAt(start))) start++;
  while (isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Says what is wrong with a value that is not a field value. It does not repeat the value, which may be a
 * secret.
 *
 * @param value What was given.
 * @returns The words to follow "value contains".
 */
export function flawOfValue(value: string): string {
  if (/[\r\n]/.test(value)) return "a line break";
  if (value.includes("\0")) return "a NUL";
  return /[^\0-\xff]/.test(value) ? "a character above U+00FF" : "a control character";
}
