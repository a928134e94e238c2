/** Maximum number of bytes kept for a handler that does not read, before the client is held back. */
export const HIGH_WATER_MARK = 65536;

/**
 * Size in bytes below which a piece is copied next to others. A view costs more, and keeps its whole buffer
 * alive.
 */
const SMALL_PIECE = 1024;

/** Size in bytes of the buffers for small pieces. */
const GATHERED = 8192;

/** Pieces of content that the handler has not read, in order. */
export class ContentQueue {
  readonly #length: number;
  #pieces: Uint8Array[] = [];
  /** The buffer of the last piece, if it consists of several small pieces. */
  #gathered: Uint8Array | null = null;
  /** Buffer for content of known length that is being collected. */
  #whole: Uint8Array<ArrayBuffer> | null = null;
  /** Number of bytes in the queue. */
  size = 0;

  /**
   * Creates an empty queue.
   *
   * @param length Total number of bytes of content; 0 or less if the length is unknown.
   */
  constructor(length: number) {
    this.#length = length;
  }

  /**
   * Adds a piece.
   *
   * @param owned `true` if nothing else uses the buffer of the piece.
   * @param collecting `true` if the content will be taken as a whole.
   */
  push(piece: Uint8Array, owned: boolean, collecting: boolean): void {
    if (this.#whole !== null || (collecting && this.#isCollectable(piece))) {
      this.#whole ??= new Uint8Array(this.#length);
      this.#whole.set(piece, this.size);
    } else {
      this.#append(piece, owned);
    }
    this.size += piece.length;
  }

  /**
   * Checks whether a piece can be copied into the buffer for the whole content. The announced length is
   * trusted only up to the number of bytes that are kept for a client without a reader.
   */
  #isCollectable(piece: Uint8Array): boolean {
    return this.size === 0 && this.#length <= HIGH_WATER_MARK && piece.length < this.#length;
  }

  #append(piece: Uint8Array, owned: boolean): void {
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    const isGathered = last !== undefined && last.buffer === this.#gathered?.buffer;
    if (
      last === undefined || piece.length >= SMALL_PIECE || last.length + piece.length > GATHERED ||
      (!isGathered && last.length >= SMALL_PIECE)
    ) {
      pieces.push(owned ? plain(piece) : new Uint8Array(piece));
      return;
    }
    const gathered = isGathered && this.#gathered !== null ? this.#gathered : new Uint8Array(GATHERED);
    if (!isGathered) gathered.set(last);
    gathered.set(piece, last.length);
    this.#gathered = gathered;
    pieces[pieces.length - 1] = gathered.subarray(0, last.length + piece.length);
  }

  /** Takes the first piece, in a buffer at most twice as large; `undefined` if there is none. */
  shift(): Uint8Array<ArrayBuffer> | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    this.size -= piece.length;
    return fillsItsBuffer(piece) ? piece as Uint8Array<ArrayBuffer> : new Uint8Array(piece);
  }

  /** Takes all bytes, in a separate buffer of exactly that length. */
  takeAll(): Uint8Array<ArrayBuffer> {
    const pieces = this.#pieces;
    const whole = this.#whole;
    const size = this.size;
    this.clear();
    if (whole !== null) return whole;
    const first = pieces[0];
    if (pieces.length === 1 && first !== undefined && first.byteLength === first.buffer.byteLength) {
      return first as Uint8Array<ArrayBuffer>;
    }
    const joined = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  /** Drops all pieces. */
  clear(): void {
    this.#pieces = [];
    this.#whole = null;
    this.size = 0;
  }
}

/** Converts bytes to a plain `Uint8Array` without a copy. A `Buffer` has a different `slice()`. */
export function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.constructor === Uint8Array) return bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** Checks that a piece takes more than half of its buffer, so that keeping the piece wastes little memory. */
export function fillsItsBuffer(piece: Uint8Array): boolean {
  return 2 * piece.byteLength > piece.buffer.byteLength;
}
