/**
 * The text between two indexes, without the optional whitespace at its ends (OWS, RFC 9110 section 5.6.3).
 *
 * @param text The text that the value is part of.
 * @param start The index of the first character that may belong to the value.
 * @param end The index after the last.
 * @returns The value.
 */
export function trimmedSlice(text: string, start: number, end: number): string {
  // If all of it is blank the indexes pass each other, and the slice is empty.
  while (isBlank(text.charCodeAt(start))) start++;
  while (isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Names the fault of a text that is not a field value, for an error message. The message does not repeat the
 * value, which may be a secret.
 *
 * @param value A text that is not a field value.
 * @returns Words to follow "value contains".
 */
export function flawOfValue(value: string): string {
  if (/[\r\n]/.test(value)) return "a line break";
  if (value.includes("\0")) return "a NUL";
  return /[^\0-\xff]/.test(value) ? "a character above U+00FF" : "a control character";
}
