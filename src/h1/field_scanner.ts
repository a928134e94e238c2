import { FIELD_SCANNER } from "./field_scanner_wasm.ts";

/** Where in its memory the scanner finds the message, in bytes; what it finds lies before that. */
const INPUT = 8192;

/** Where the first line is told, in 32-bit words; each takes four. */
const FIRST_LINE = 4;

/** So many lines have room. */
const MOST_LINES = (INPUT / 4 - FIRST_LINE) / 4;

/** No more than this is looked at in one call. With the 16 bytes that a load at its end takes, all of it fits into 64 KiB. */
const WINDOW = 32 * 1024;

/** Bytes of this size are copied whole, which costs less than a view of some of them. */
const COPIED_WHOLE = 4096;

/** The exports of scripts/field_scanner.wat. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(at: number, stop: number, most: number): number;
}

/** What is used of WebAssembly, which a runtime may lack, or be told to do without. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/**
 * Finds field lines that are complete and valid, 16 bytes at a time, in a WebAssembly module of 550 bytes, scripts/field_scanner.wat.
 * A thread has one; what it has found holds until the next scan.
 */
export class FieldScanner {
  readonly #exports: Exports;
  readonly #input: Uint8Array;
  readonly #found: Int32Array;
  /** What positions of the scanner's are more than those in the bytes. */
  #offset = 0;

  private constructor(exports: Exports) {
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#input = new Uint8Array(buffer, INPUT);
    this.#found = new Int32Array(buffer, 0, INPUT / 4);
  }

  /** Makes one; `null` where there is no WebAssembly with vectors. */
  static create(): FieldScanner | null {
    const { WebAssembly } = globalThis as { readonly WebAssembly?: WasmApi };
    if (WebAssembly === undefined) return null;
    try {
      const bytes = Uint8Array.from(atob(FIELD_SCANNER), (char) => char.charCodeAt(0));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      return new FieldScanner(exports as Exports);
    } catch {
      return null;
    }
  }

  /**
   * Looks for lines in `bytes[from..stop)`, the first of which begins at `from`.
   *
   * @param most How many at most.
   * @returns How many there are.
   */
  scan(bytes: Uint8Array, from: number, stop: number, most: number): number {
    const whole = bytes.length <= COPIED_WHOLE;
    const end = whole ? stop : Math.min(stop, from + WINDOW);
    this.#input.set(whole ? bytes : bytes.subarray(from, end));
    const offset = this.#offset = whole ? INPUT : INPUT - from;
    return this.#exports.scan(from + offset, end + offset, Math.min(most, MOST_LINES));
  }

  /** Where the last line that was found ends, or the scan began. */
  get end(): number {
    return this.#found[0]! - this.#offset;
  }

  /** Where a line begins. */
  nameStart(line: number): number {
    return this.#found[FIRST_LINE + 4 * line]! - this.#offset;
  }

  /** Where its colon stands. */
  nameEnd(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 1]! - this.#offset;
  }

  /** Where its value begins, without the blanks before it. */
  valueStart(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 2]! - this.#offset;
  }

  /** Where its value ends, without the blanks behind it. */
  valueEnd(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 3]! - this.#offset;
  }
}
