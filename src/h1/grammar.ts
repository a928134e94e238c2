/** Horizontal tab. */
export const HTAB = 0x09;
/** Line feed. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** Space. */
export const SP = 0x20;
/** Double quote, `"`. */
export const DQUOTE = 0x22;
/** Asterisk, `*`. */
export const ASTERISK = 0x2a;
/** Comma, `,`. */
export const COMMA = 0x2c;
/** Dot, `.`. */
export const DOT = 0x2e;
/** Slash, `/`. */
export const SLASH = 0x2f;
/** The digit `0`. */
export const ZERO = 0x30;
/** The digit `9`. */
export const NINE = 0x39;
/** Colon, `:`. */
export const COLON = 0x3a;
/** Semicolon, `;`. */
export const SEMICOLON = 0x3b;
/** Equals sign, `=`. */
export const EQUALS = 0x3d;
/** Question mark, `?`. */
export const QUESTION = 0x3f;
/** Opening bracket, `[`. */
export const OPEN_BRACKET = 0x5b;
/** Backslash, `\`. */
export const BACKSLASH = 0x5c;
/** Closing bracket, `]`. */
export const CLOSE_BRACKET = 0x5d;

/** Builds a table with 1 for each byte that occurs in the characters. */
function byteTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}

function range(first: number, last: number): string {
  let characters = "";
  for (let byte = first; byte <= last; byte++) characters += String.fromCharCode(byte);
  return characters;
}

const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The bytes of a request target: every visible ASCII character except `#`, which begins a fragment and is
 * never sent. Besides the characters of RFC 3986 this allows `"`, `<`, `>`, `\`, `^`, `` ` ``, `{`, `|` and
 * `}`, because browsers send some of them.
 *
 *     request-target = origin-form / absolute-form / authority-form / asterisk-form
 */
export const TARGET: Uint8Array = byteTable(range(0x21, 0x7e).replace("#", ""));

/**
 * The bytes of a registered name except percent-encoding, RFC 3986 section 3.2.2. The comma of sub-delims is
 * left out, because it would separate two joined Host fields.
 *
 *     reg-name   = *( unreserved / pct-encoded / sub-delims )
 *     unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"
 *     sub-delims = "!" / "$" / "&" / "'" / "(" / ")" / "*" / "+" / "," / ";" / "="
 */
export const REG_NAME: Uint8Array = byteTable(LETTERS + DIGITS + "-._~" + "!$&'()*+;=");

/**
 * The bytes allowed unescaped between the quotes of a quoted-string, RFC 9110 section 5.6.4.
 *
 *     qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text
 */
export const QDTEXT: Uint8Array = byteTable(
  "\t \x21" + range(0x23, 0x5b) + range(0x5d, 0x7e) + range(0x80, 0xff),
);

/**
 * The bytes allowed after the backslash of a quoted-pair.
 *
 *     quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
 */
export const QUOTABLE: Uint8Array = byteTable("\t" + range(0x20, 0x7e) + range(0x80, 0xff));

/** The value of a hexadecimal digit, or 255 for any other byte. */
export const HEX_VALUE: Uint8Array = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX_VALUE[text.charCodeAt(0)] = digit;
  HEX_VALUE[text.toUpperCase().charCodeAt(0)] = digit;
}

/** Compares `bytes[start..end)` to `text` (lower-case ASCII), ignoring case; `true` if they are equal. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(i)) return false;
  }
  return true;
}
