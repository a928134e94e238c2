/**
 * Text up to this length is written character by character, which costs less than the encoder and the view
 * for it.
 */
const SHORT = 32;

/** Longest text that is remembered: heads are shorter. */
const LONGEST_KNOWN = 2048;

const encoder = new TextEncoder();

/**
 * Writes ASCII text into buffers. It remembers the bytes of one text, of at most 2048 characters, that was
 * written twice in a row as the first of its buffer: the head of most responses, which then need not be
 * encoded again.
 */
export class TextWriter {
  #known = "";
  #knownBytes: Uint8Array = new Uint8Array(0);
  /**
   * The text that began a buffer last and was not known. Programs may answer by turns: only a second time is
   * worth it.
   */
  #candidate = "";

  /**
   * Writes ASCII text into a buffer.
   *
   * @param text The text.
   * @param target Has room for it.
   * @param at Where it is to begin.
   */
  write(text: string, target: Uint8Array, at: number): void {
    if (text.length <= SHORT) {
      for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
    } else if (text === this.#known) {
      target.set(this.#knownBytes, at);
    } else {
      encoder.encodeInto(text, at === 0 ? target : target.subarray(at));
      if (at === 0 && text.length <= LONGEST_KNOWN) this.#learn(text, target);
    }
  }

  #learn(text: string, target: Uint8Array): void {
    if (text === this.#candidate) {
      this.#known = text;
      this.#knownBytes = new Uint8Array(target.subarray(0, text.length));
    }
    this.#candidate = text;
  }
}
