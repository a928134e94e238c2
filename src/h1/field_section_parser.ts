import { HttpError } from "../http/errors.ts";
import { FIELD_VALUE, TOKEN } from "../http/field_grammar.ts";
import { FieldScanner } from "./field_scanner.ts";
import { COLON, CR, HTAB, LF, SP } from "./grammar.ts";

/** Is told of each field line, in order. All offsets are absolute in `bytes`; optional blanks are left out. */
export interface FieldSink {
  /** A complete, valid field line. */
  field(bytes: Uint8Array, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void;
}

/** The scanner of this thread. */
const SCANNER = FieldScanner.create();

/** To ask the scanner takes as long as to read so many bytes here. */
const WORTH_SCANNING = 64;

const LINE_START = 0;
const NAME = 1;
const BLANKS = 2;
const VALUE = 3;
const LINE_FEED = 4;
const FINAL_LINE_FEED = 5;

/**
 * Validates field lines up to the empty line that ends them, as they arrive: the headers of a request and its trailers.
 *
 *     field-line   = field-name ":" OWS field-value OWS CRLF
 *     field-name   = token
 *     field-value  = *( VCHAR / obs-text / SP / HTAB )
 *
 * The strict reading of RFC 9112 section 5: only CRLF ends a line, nothing stands before the colon, and a folded
 * line (obs-fold) is refused. It stops where the bytes end and goes on at that very byte, so that a section costs the same
 * however it is split.
 *
 * Where much has arrived at once, a {@linkcode FieldScanner} looks first for lines that are complete and in order, and this
 * goes on where it has stopped. The 15 fields that a browser sends take Node 0.6 us with it and 1.1 us without.
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
  /** Where scanning stopped, counted from `base`. */
  scanned = 0;

  /**
   * @param maxCount How many field lines there may be.
   * @param kind What the fields are called where there are more.
   * @param scanner Finds lines where much has arrived at once, if there is one.
   */
  constructor(maxCount: number, kind: "header" | "trailer", scanner: FieldScanner | null = SCANNER) {
    this.#maxCount = maxCount;
    this.#kind = kind;
    this.#scanner = scanner;
  }

  /** Begins a new section at offset `from`, counted from `base`. */
  reset(from: number): void {
    this.#state = LINE_START;
    this.#count = 0;
    this.scanned = from;
  }

  /**
   * Reads on in `bytes[base + scanned..stop)`.
   *
   * @returns Whether the section is complete; `scanned` is then just behind it.
   * @throws {HttpError} At the first byte that breaks the grammar (400), or at a field line too many (431).
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
        // A head with a single line is not worth it, nor is a line that the scanner has left.
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

  /** Takes the lines that the scanner finds; returns where the last of them ends. */
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
