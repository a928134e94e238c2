/**
 * Cuts out the text between two indexes, without the optional whitespace at its ends (OWS, RFC 9110 section
 * 5.6.3).
 *
 * @param text The text that contains the value.
 * @param start Index of the first character that may belong to the value.
 * @param end Index after the last character.
 * @returns The value.
 */
export function trimmedSlice(text: string, start: number, end: number): string {
  // If all characters are whitespace, the indexes cross and the slice is empty.
  while (isBlank(text.charCodeAt(start))) start++;
  while (isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Describes why a string is not a valid field value. The description does not repeat the value, which may be
 * a secret.
 *
 * @param value The invalid value.
 * @returns The words to follow "value contains".
 */
export function flawOfValue(value: string): string {
  if (/[\r\n]/.test(value)) return "a line break";
  if (value.includes("\0")) return "a NUL";
  return /[^\0-\xff]/.test(value) ? "a character above U+00FF" : "a control character";
}
