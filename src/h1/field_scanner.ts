import { FIELD_SCANNER } from "./field_scanner_wasm.ts";

/** Offset of the message in the scanner's memory, in bytes. The results lie before it. */
const INPUT = 8192;

/** Offset of the result for the first line, in 32-bit words. Each line takes four. */
const FIRST_LINE = 4;

/** Maximum number of lines of which the results fit in memory. */
const MOST_LINES = (INPUT / 4 - FIRST_LINE) / 4;

/**
 * Maximum number of bytes scanned in one call. With the 16 bytes of a load at the end, everything fits in 64
 * KiB.
 */
const WINDOW = 32 * 1024;

/** Largest size of bytes that are copied as a whole, which costs less than a view of a part. */
const COPIED_WHOLE = 4096;

/** The exports of scripts/field_scanner.wat. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(at: number, stop: number, most: number): number;
}

/** The used part of WebAssembly, which may be missing or disabled in a runtime. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/**
 * Finds complete and valid field lines, 16 bytes at a time, with the WebAssembly module
 * scripts/field_scanner.wat. Each thread has one scanner; the results are valid until the next scan.
 */
export class FieldScanner {
  readonly #exports: Exports;
  readonly #input: Uint8Array;
  readonly #found: Int32Array;
  /** Difference between a position in the scanner's memory and the position in the bytes. */
  #offset = 0;

  private constructor(exports: Exports) {
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#input = new Uint8Array(buffer, INPUT);
    this.#found = new Int32Array(buffer, 0, INPUT / 4);
  }

  /** Creates a scanner; `null` if the runtime has no WebAssembly with SIMD. */
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
   * Scans `bytes[from..stop)` for lines. The first line begins at `from`.
   *
   * @param most Maximum number of lines.
   * @returns The number of lines found.
   */
  scan(bytes: Uint8Array, from: number, stop: number, most: number): number {
    const whole = bytes.length <= COPIED_WHOLE;
    const end = whole ? stop : Math.min(stop, from + WINDOW);
    this.#input.set(whole ? bytes : bytes.subarray(from, end));
    const offset = this.#offset = whole ? INPUT : INPUT - from;
    return this.#exports.scan(from + offset, end + offset, Math.min(most, MOST_LINES));
  }

  /** End of the last line found, or the start of the scan if there is none. */
  get end(): number {
    return this.#found[0]! - this.#offset;
  }

  /** Start of a line. */
  nameStart(line: number): number {
    return this.#found[FIRST_LINE + 4 * line]! - this.#offset;
  }

  /** Position of the colon of a line. */
  nameEnd(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 1]! - this.#offset;
  }

  /** Start of the value of a line, after leading whitespace. */
  valueStart(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 2]! - this.#offset;
  }

  /** End of the value of a line, before trailing whitespace. */
  valueEnd(line: number): number {
    return this.#found[FIRST_LINE + 4 * line + 3]! - this.#offset;
  }
}
