// RFC 9110 section 5.1, 5.5 and 5.6.2:
//
//   field-name    = token
//   token         = 1*tchar
//   tchar         = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." /
//                   "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
//   field-value   = *field-content
//   field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
//   field-vchar   = VCHAR / obs-text
//   VCHAR         = %x21-7E
//   obs-text      = %x80-FF

/** `1` for every byte that is a `tchar` (RFC 9110 section 5.6.2), `0` for the others. */
export const TOKEN: Uint8Array = new Uint8Array(256);

/**
 * `1` for every byte that may stand inside a field value: VCHAR, obs-text, SP, HTAB (RFC 9110 section 5.5).
 */
export const FIELD_VALUE: Uint8Array = new Uint8Array(256);

const TCHAR = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
for (let i = 0; i < TCHAR.length; i++) TOKEN[TCHAR.charCodeAt(i)] = 1;

FIELD_VALUE.fill(1, 0x20);
FIELD_VALUE[0x7f] = 0;
FIELD_VALUE[0x09] = 1;

/**
 * Checks that a string is a token, as field names and methods are.
 *
 * @param text The string to check.
 * @returns `false` for the empty string, and for a string with a character that is not a `tchar`.
 */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff || TOKEN[code] === 0) return false;
  }
  return text.length > 0;
}

/**
 * Checks that every character of a string may stand in a field value, and detects obs-text in the same pass.
 * Whitespace at the ends is not part of a field value but is accepted here, because the caller removes it.
 *
 * @param text The string to check.
 * @returns The bitwise OR of all character codes, below `0x80` for ASCII; `-1` if the string has a control
 * character other than TAB, or a character above U+00FF.
 */
export function scanFieldValue(text: string): number {
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff || FIELD_VALUE[code] === 0) return -1;
    seen |= code;
  }
  return seen;
}
