// RFC 6455 section 9.1:
//
//   Sec-WebSocket-Extensions = extension-list
//   extension-list = 1#extension
//   extension = extension-token *( ";" extension-param )
//   extension-token = registered-token
//   registered-token = token
//   extension-param = token [ "=" (token | quoted-string) ]
//       ;When using the quoted-string syntax variant, the value
//       ;after quoted-string unescaping MUST conform to the
//       ;'token' ABNF.

import { isToken } from "../http/field_grammar.ts";

/** An extension that a client offers, or one that the server accepts. */
export interface ExtensionOffer {
  readonly name: string;
  /** Names and values in order; `null` for a parameter without a value. A name may stand more than once. */
  readonly params: readonly (readonly [name: string, value: string | null])[];
}

/** The next token, quoted string or separator. */
const LEXEME = /[ \t]*(?:([\w!#$%&'*+\-.^`|~]+)|"((?:[^"\\]|\\.)*)"|([,;=]))[ \t]*/y;

/**
 * Parses a value of Sec-WebSocket-Extensions.
 *
 * @param value The value, or those of several lines joined by commas. Empty list elements are skipped.
 * @returns The offers in the client's order; `null` where the value does not follow the grammar.
 */
export function parseExtensions(value: string): ExtensionOffer[] | null {
  const lexemes = lexemesOf(value);
  if (lexemes === null) return null;
  const offers: ExtensionOffer[] = [];
  let at = 0;
  const token = (): string | null => {
    const lexeme = lexemes[at++];
    return lexeme?.token === true && isToken(lexeme.text) ? lexeme.text : null;
  };
  const skip = (separator: string): boolean => {
    const lexeme = lexemes[at];
    if (lexeme === undefined || lexeme.token !== null || lexeme.text !== separator) return false;
    at++;
    return true;
  };
  while (at < lexemes.length) {
    if (skip(",")) continue;
    const name = token();
    if (name === null) return null;
    const params: [string, string | null][] = [];
    while (skip(";")) {
      const param = token();
      if (param === null) return null;
      let value: string | null = null;
      if (skip("=")) {
        value = lexemes[at++]?.text ?? "";
        if (!isToken(value)) return null;
      }
      params.push([param, value]);
    }
    offers.push({ name, params });
    if (at < lexemes.length && !skip(",")) return null;
  }
  return offers;
}

/** A token, the content of a quoted string (`token` is `false`), or a separator (`null`). */
interface Lexeme {
  readonly text: string;
  readonly token: boolean | null;
}

function lexemesOf(value: string): Lexeme[] | null {
  const lexemes: Lexeme[] = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < value.length) {
    const match = LEXEME.exec(value);
    if (match === null) return /^[ \t]*$/.test(value) ? lexemes : null;
    const [, token, quoted, separator] = match;
    if (token !== undefined) lexemes.push({ text: token, token: true });
    else if (quoted !== undefined) lexemes.push({ text: quoted.replace(/\\(.)/g, "$1"), token: false });
    else lexemes.push({ text: separator as string, token: null });
  }
  return lexemes;
}
