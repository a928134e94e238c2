import { HttpError } from "../http/errors.ts";
import { FIELD_VALUE, TOKEN } from "../http/field_grammar.ts";
import { FieldScanner } from "./field_scanner.ts";
import { COLON, CR, HTAB, LF, SP } from "./grammar.ts";

/**
 * Receives the field lines in order. All offsets are indexes into `bytes`; optional whitespace is left out.
 */
export interface FieldSink {
  /** Receives a complete, valid field line. */
  field(bytes: Uint8Array, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void;
}

/** The scanner of this thread. */
const SCANNER = FieldScanner.create();

/** Minimum number of bytes for which a call of the scanner costs less than parsing them here. */
const WORTH_SCANNING = 64;

const LINE_START = 0;
const NAME = 1;
const BLANKS = 2;
const VALUE = 3;
const LINE_FEED = 4;
const FINAL_LINE_FEED = 5;

/**
 * Validates field lines up to the empty line that ends them, as they arrive. It parses the headers of a
 * request and its trailers.
 *
 *     field-line   = field-name ":" OWS field-value OWS CRLF
 *     field-name   = token
 *     field-value  = *( VCHAR / obs-text / SP / HTAB )
 *
 * This is the strict reading of RFC 9112 section 5: only CRLF ends a line, no whitespace precedes the colon,
 * and a folded line (obs-fold) is refused. Parsing stops at the end of the bytes and continues at that byte,
 * so the cost of a section does not depend on how it is split.
 *
 * If many bytes have arrived at once, a {@linkcode FieldScanner} first finds lines that are complete and
 * valid, and the parser continues after them.
 */
export class FieldSectionParser {
  readonly #maxCount: number;
  readonly #kind: "header" | "trailer";
  readonly #scanner: FieldScanner | null;
  #state = LINE_START;
  #count = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  /** Position at which scanning stopped, relative to `base`. */
  scanned = 0;

  /**
   * Creates a parser.
   *
   * @param maxCount Maximum number of field lines.
   * @param kind Name of the fields in the error for too many.
   * @param scanner Finds lines when many bytes have arrived at once; `null` for none.
   */
  constructor(maxCount: number, kind: "header" | "trailer", scanner: FieldScanner | null = SCANNER) {
    this.#maxCount = maxCount;
    this.#kind = kind;
    this.#scanner = scanner;
  }

  /** Starts a new section at offset `from`, relative to `base`. */
  reset(from: number): void {
    this.#state = LINE_START;
    this.#count = 0;
    this.scanned = from;
  }

  /**
   * Continues parsing with `bytes[base + scanned..stop)`.
   *
   * @returns `true` if the section is complete; `scanned` is then directly after it.
   * @throws {HttpError} At the first byte that violates the grammar (400), or at a field line beyond the
   * limit (431).
   */
  parse(bytes: Uint8Array, base: number, stop: number, sink: FieldSink | null): boolean {
    let i = base + this.scanned;
    let state = this.#state;
    let nameStart = base + this.#nameStart;
    let nameEnd = base + this.#nameEnd;
    let valueStart = base + this.#valueStart;
    while (i < stop) {
      if (state === LINE_START) {
        const first = bytes[i]!;
        if (first === CR) {
          i++;
          state = FINAL_LINE_FEED;
          continue;
        }
        // The first line, and a line that the scanner rejected, are parsed here: the scanner would not pay
        // for itself.
        if (this.#count > 0 && stop - i >= WORTH_SCANNING && this.#scanner !== null) {
          const end = this.#scan(this.#scanner, bytes, i, stop, sink);
          if (end > i) {
            i = end;
            continue;
          }
        }
        if (TOKEN[first] === 0) throw new HttpError(400, nameProblem(first, true));
        if (++this.#count > this.#maxCount) throw new HttpError(431, `Too many ${this.#kind} fields`);
        nameStart = i++;
        state = NAME;
      }
      if (state === NAME) {
        while (i < stop && TOKEN[bytes[i]!] === 1) i++;
        if (i === stop) break;
        if (bytes[i] !== COLON) throw new HttpError(400, nameProblem(bytes[i]!, false));
        nameEnd = i++;
        state = BLANKS;
      }
      if (state === BLANKS) {
        while (i < stop && (bytes[i] === SP || bytes[i] === HTAB)) i++;
        if (i === stop) break;
        valueStart = i;
        state = VALUE;
      }
      if (state === VALUE) {
        while (i < stop && FIELD_VALUE[bytes[i]!] === 1) i++;
        if (i === stop) break;
        if (bytes[i] !== CR) throw new HttpError(400, valueProblem(bytes[i]!));
        i++;
        state = LINE_FEED;
        if (i === stop) break;
      }
      if (state === LINE_FEED) {
        if (bytes[i] !== LF) throw new HttpError(400, "A carriage return is not followed by a line feed");
        let valueEnd = i - 1;
        while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) {
          valueEnd--;
        }
        i++;
        state = LINE_START;
        if (sink !== null) sink.field(bytes, nameStart, nameEnd, valueStart, valueEnd);
        continue;
      }
      if (bytes[i] !== LF) throw new HttpError(400, "A carriage return is not followed by a line feed");
      this.scanned = i + 1 - base;
      return true;
    }
    this.#state = state;
    this.#nameStart = nameStart - base;
    this.#nameEnd = nameEnd - base;
    this.#valueStart = valueStart - base;
    this.scanned = i - base;
    return false;
  }

  /** Reports the lines that the scanner finds; returns the end of the last one. */
  #scan(
    scanner: FieldScanner,
    bytes: Uint8Array,
    from: number,
    stop: number,
    sink: FieldSink | null,
  ): number {
    const found = scanner.scan(bytes, from, stop, this.#maxCount - this.#count);
    const { end } = scanner;
    this.#count += found;
    for (let i = 0; i < found && sink !== null; i++) {
      sink.field(bytes, scanner.nameStart(i), scanner.nameEnd(i), scanner.valueStart(i), scanner.valueEnd(i));
    }
    return end;
  }
}

function nameProblem(byte: number, atStart: boolean): string {
  if (byte === SP || byte === HTAB) {
    return atStart
      ? "A field line begins with white space"
      : "White space stands before the colon of a field line";
  }
  if (byte === LF) return "A line ends with a bare line feed";
  if (byte === COLON) return "A field name is empty";
  if (byte === CR) return "A field line has no colon";
  return "A field name contains a character that is not allowed";
}

function valueProblem(byte: number): string {
  return byte === LF ? "A line ends with a bare line feed" : "A field value contains a control character";
}
