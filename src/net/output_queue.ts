/** The most that is copied to join small pieces; what is larger goes out as it is. */
const MAX_JOINED = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Text and bytes that wait to be sent, in order. Text that follows text is joined as it comes, which engines do without
 * copying; the rest is joined when it is taken, so that small pieces cost one call to the system together.
 */
export class OutputQueue {
  /** How many bytes wait. */
  size = 0;
  #text = "";
  #parts: (string | Uint8Array)[] = [];

  /** Adds ASCII text or bytes. */
  push(data: string | Uint8Array): void {
    this.size += data.length;
    if (typeof data === "string") {
      this.#text += data;
      return;
    }
    this.#closeText();
    if (data.length > 0) this.#parts.push(data);
  }

  /** Takes everything out as one text if nothing but text waits, as is usual for a small answer. */
  takeText(): string | undefined {
    if (this.#parts.length > 0) return undefined;
    const text = this.#text;
    this.#text = "";
    this.size = 0;
    return text;
  }

  /**
   * Takes the next piece out: a small piece joined with what follows it, up to 64 KiB, or large bytes uncopied, cut at
   * `limit`. There must be one.
   */
  take(limit: number = Infinity): Uint8Array {
    this.#closeText();
    const parts = this.#parts;
    const first = parts[0]!;
    if (typeof first !== "string" && (parts.length === 1 || first.length >= MAX_JOINED)) {
      if (first.length <= limit) {
        parts.shift();
        this.size -= first.length;
        return first;
      }
      parts[0] = first.subarray(limit);
      this.size -= limit;
      return first.subarray(0, limit);
    }
    const joined = new Uint8Array(Math.min(this.size, MAX_JOINED));
    let length = 0;
    let taken = 0;
    while (length < joined.length) {
      const part = parts[taken]!;
      const space = joined.subarray(length);
      if (typeof part === "string") encoder.encodeInto(part, space);
      else space.set(part.length > space.length ? part.subarray(0, space.length) : part);
      if (part.length > space.length) {
        parts[taken] = typeof part === "string" ? part.slice(space.length) : part.subarray(space.length);
        length = joined.length;
      } else {
        length += part.length;
        taken++;
      }
    }
    parts.splice(0, taken);
    this.size -= length;
    return joined;
  }

  /** Drops what waits. */
  clear(): void {
    this.size = 0;
    this.#text = "";
    this.#parts = [];
  }

  #closeText(): void {
    if (this.#text === "") return;
    this.#parts.push(this.#text);
    this.#text = "";
  }
}
