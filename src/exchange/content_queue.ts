/** Most content that is kept for a handler that does not read, in bytes, before the client is held back. */
export const HIGH_WATER_MARK = 65536;

/** A piece below this size is copied next to others: a view costs more, and keeps its whole buffer alive. */
const SMALL_PIECE = 1024;

/** Size of the buffers that small pieces are gathered in. */
const GATHERED = 8192;

/** Pieces of content that the handler has not taken, in order. */
export class ContentQueue {
  readonly #length: number;
  #pieces: Uint8Array[] = [];
  /** The buffer of the last piece, if small pieces were gathered in it. */
  #gathered: Uint8Array | null = null;
  /** Content of known length that is being collected, in its place. */
  #whole: Uint8Array<ArrayBuffer> | null = null;
  /** Bytes in the queue. */
  size = 0;

  /** @param length Bytes of content in all; 0 or less where the length is not known. */
  constructor(length: number) {
    this.#length = length;
  }

  /**
   * Adds a piece.
   *
   * @param owned Whether nothing else uses the buffer that the piece lies in.
   * @param collecting Whether all content will be taken at once.
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
   * Whether a piece can be copied to its place in the whole. A client is not given more memory on its word than it may fill
   * without anybody reading.
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

  /** Takes everything, in a buffer of its own and of its length. */
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

  /** Drops everything. */
  clear(): void {
    this.#pieces = [];
    this.#whole = null;
    this.size = 0;
  }
}

/** The bytes of a piece that the queue does not own, as a plain `Uint8Array`: a `Buffer` has another `slice()`. */
export function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.constructor === Uint8Array) return bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a piece is more than half of its buffer, so that keeping the piece keeps little else. */
export function fillsItsBuffer(piece: Uint8Array): boolean {
  return 2 * piece.byteLength > piece.buffer.byteLength;
}
