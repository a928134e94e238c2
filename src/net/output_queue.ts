import { ChangedBytesError } from "./errors.ts";

/** Bytes of this size or more are not copied to be joined with what is before or behind them, unless all fits. */
const LARGE = 64 * 1024;

/** Text of this length is written character by character, for the encoder and the view that it needs cost 0.15 us. */
const SHORT = 32;

const encoder = new TextEncoder();

/**
 * Text and bytes that wait to be sent, in order. Text that follows text is joined as it comes, which engines
 * do without copying; the rest is joined when it is taken, so that small pieces cost one call to the system
 * together.
 *
 * Bytes are still the program's memory while they wait: it may transfer them away, or resize their buffer. So
 * how long they were when they came is kept, and what has changed since is not taken.
 */
export class OutputQueue {
  /** How many bytes wait. */
  size = 0;
  #parts: (string | Uint8Array)[] = [];
  /** How long each of them was when it came. What is beyond them is not cleared: to make it grow anew costs 0.1 us. */
  #sizes: number[] = [];
  /** Text after all parts. */
  #text = "";

  /** How many bytes wait in front of the first that are large by themselves. */
  get leading(): number {
    let count = 0;
    for (const part of this.#parts) {
      if (typeof part !== "string" && part.length >= LARGE) return count;
      count += part.length;
    }
    return this.size;
  }

  /** Adds ASCII text or bytes. */
  push(data: string | Uint8Array): void {
    this.size += data.length;
    if (typeof data === "string") {
      this.#text += data;
      return;
    }
    this.#closeText();
    if (data.length > 0) this.#add(data);
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
   * Takes out the bytes that come first, uncopied, where there is nothing to join them with or they are large.
   *
   * @param limit How many at most.
   * @returns The bytes, or `undefined` where {@linkcode fill} is called for.
   * @throws {ChangedBytesError} If they are not what was pushed. Then the queue is only to be cleared.
   */
  takeBytes(limit: number = Infinity): Uint8Array | undefined {
    const first = this.#parts[0];
    if (first === undefined || typeof first === "string") return undefined;
    const alone = this.#parts.length === 1 && this.#text === "";
    const size = this.#sizes[0]!;
    if (!alone && size < LARGE) return undefined;
    if (first.length !== size) throw new ChangedBytesError();
    if (size > limit) {
      this.#parts[0] = first.subarray(limit);
      this.#sizes[0] = size - limit;
      this.size -= limit;
      return first.subarray(0, limit);
    }
    this.#parts.shift();
    if (!alone) this.#sizes.shift();
    this.size -= size;
    return first;
  }

  /**
   * Takes out what fits into `target`, and writes it there. Large bytes that do not fit are left for {@linkcode takeBytes}.
   *
   * @returns How much that was.
   * @throws {ChangedBytesError} If some of it is not what was pushed. Then the queue is only to be cleared.
   */
  fill(target: Uint8Array): number {
    const parts = this.#parts;
    const sizes = this.#sizes;
    if (parts.length === 0 && this.size <= target.length) {
      const { written } = encoder.encodeInto(this.#text, target);
      this.#text = "";
      this.size = 0;
      return written;
    }
    this.#closeText();
    let length = 0;
    let taken = 0;
    for (let room = target.length; taken < parts.length && room > 0; room = target.length - length) {
      const part = parts[taken]!;
      const size = sizes[taken]!;
      if (part.length !== size) throw new ChangedBytesError();
      if (size <= room) {
        copy(part, target, length);
        length += size;
        taken++;
        continue;
      }
      if (length > 0 && size >= LARGE) break;
      copy(typeof part === "string" ? part.slice(0, room) : part.subarray(0, room), target, length);
      parts[taken] = typeof part === "string" ? part.slice(room) : part.subarray(room);
      sizes[taken] = size - room;
      length = target.length;
    }
    if (taken === parts.length) {
      parts.length = 0;
    } else {
      parts.splice(0, taken);
      sizes.splice(0, taken);
    }
    this.size -= length;
    return length;
  }

  /** Drops what waits. */
  clear(): void {
    this.size = 0;
    this.#text = "";
    this.#parts = [];
    this.#sizes = [];
  }

  #add(part: string | Uint8Array): void {
    this.#sizes[this.#parts.length] = part.length;
    this.#parts.push(part);
  }

  #closeText(): void {
    if (this.#text === "") return;
    this.#add(this.#text);
    this.#text = "";
  }
}

function copy(part: string | Uint8Array, target: Uint8Array, at: number): void {
  if (typeof part !== "string") target.set(part, at);
  else if (part.length > SHORT) encoder.encodeInto(part, target.subarray(at));
  else for (let i = 0; i < part.length; i++) target[at + i] = part.charCodeAt(i);
}
