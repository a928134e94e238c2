import { TOKEN } from "../http/field_grammar.ts";
import { type ForwardedHop, isHost, parseNode, parseScheme } from "./forwarded_hop.ts";

// RFC 7239 section 4:
//
//   Forwarded         = 1#forwarded-element
//   forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
//   forwarded-pair    = token "=" value
//   value             = token / quoted-string

const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A parameter, and where its text begins. */
interface Pair {
  readonly name: string;
  readonly value: string;
  readonly start: number;
}

/**
 * Reads the hops of a Forwarded field, RFC 7239, the last one first. It reads from the end, so that what a
 * client has put before the part of a trusted proxy, an open quotation mark, say, cannot change how that part
 * is read.
 *
 * @param value The value of the field, several lines joined with commas.
 * @returns The hops; the sequence ends before the first one that is malformed.
 */
export function* forwardedHops(value: string): Generator<ForwardedHop> {
  let pairs = new Map<string, string>();
  let isEmpty = true;
  for (let end = skipBlanks(value, value.length); end >= 0;) {
    const last = end === 0 ? "," : value[end - 1];
    if (last === ",") {
      // Empty elements of a list are ignored, RFC 9110 section 5.6.1.
      const hop = isEmpty ? null : toHop(pairs);
      if (hop === undefined) return;
      if (hop !== null) yield hop;
      if (end === 0) return;
      pairs = new Map();
      isEmpty = true;
      end = skipBlanks(value, end - 1);
    } else if (last === ";") {
      isEmpty = false;
      end = skipBlanks(value, end - 1);
    } else {
      const pair = lastPair(value, end);
      if (pair === null || pairs.has(pair.name)) return;
      pairs.set(pair.name, pair.value);
      isEmpty = false;
      end = skipBlanks(value, pair.start);
      if (end > 0 && value[end - 1] !== "," && value[end - 1] !== ";") return;
    }
  }
}

/** The hop of an element; `undefined` if a parameter is malformed. Unknown parameters are ignored. */
function toHop(pairs: ReadonlyMap<string, string>): ForwardedHop | undefined {
  const [node, scheme, host = null] = [pairs.get("for"), pairs.get("proto"), pairs.get("host")];
  const address = node === undefined ? null : parseNode(node);
  const secure = scheme === undefined ? null : parseScheme(scheme);
  if (address === undefined || secure === undefined || (host !== null && !isHost(host))) return undefined;
  return { address, secure, host };
}

/** Parses the parameter that ends at `end`; `null` if none does. */
function lastPair(text: string, end: number): Pair | null {
  const isQuoted = text.charCodeAt(end - 1) === QUOTE;
  const valueStart = isQuoted ? openingQuote(text, end - 1) : tokenStart(text, end);
  if (valueStart < 1 || valueStart === end || text.charCodeAt(valueStart - 1) !== EQUALS) return null;
  const start = tokenStart(text, valueStart - 1);
  if (start === valueStart - 1) return null;
  const value = isQuoted ? unquote(text.slice(valueStart + 1, end - 1)) : text.slice(valueStart, end);
  return { name: text.slice(start, valueStart - 1).toLowerCase(), value, start };
}

/** The quotation mark that opens the string which another one at `closing` ends; -1 if there is none. */
function openingQuote(text: string, closing: number): number {
  if (isEscaped(text, closing)) return -1;
  for (let i = closing - 1; i >= 0; i--) {
    if (text.charCodeAt(i) === QUOTE && !isEscaped(text, i)) return i;
  }
  return -1;
}

/** `true` if an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
  return count % 2 === 1;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

/** Where the token begins that ends at `end`; `end` if there is none. */
function tokenStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && TOKEN[text.charCodeAt(start - 1)] === 1) start--;
  return start;
}

function skipBlanks(text: string, end: number): number {
  let at = end;
  while (at > 0 && (text[at - 1] === " " || text[at - 1] === "\t")) at--;
  return at;
}
