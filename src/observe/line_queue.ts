/**
 * Takes lines: a stream of bytes, or a function that is called with some lines, each with its end, at a time.
 */
export type LineSink = WritableStream<Uint8Array> | ((lines: string) => void | Promise<void>);

/** The limits of a {@linkcode LineQueue}, and what it tells. */
export interface LineQueueOptions {
  /** Characters that may wait. 1 MiB by default. */
  readonly maxQueued?: number;
  /** Milliseconds for which lines are gathered. 100 by default. */
  readonly interval?: number;
  /** Receives the number of lost lines, when the sink takes some again. */
  readonly onDropped?: (lines: number) => void;
  /** Receives a failure of the sink, once until it takes lines again. */
  readonly onError?: (error: unknown) => void;
}

/** Characters that are written at once rather than after the interval. */
const BATCH = 64 * 1024;

const encoder = new TextEncoder();

/** Lines that wait for their sink, which is given several at a time, one call after the other. */
export class LineQueue {
  readonly #write: (lines: string) => void | Promise<void>;
  readonly #maxQueued: number;
  readonly #interval: number;
  readonly #onDropped: (lines: number) => void;
  readonly #onError: (error: unknown) => void;
  #waiting: string[] = [];
  /** Characters of what waits and of what is being written. */
  #queued = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #failing = false;
  /** Lines that were lost and that nobody was told of. */
  #untold = 0;
  #dropped = 0;

  /**
   * @param sink Takes the lines.
   * @param options The limits.
   * @throws {TypeError} If the sink is none, or a limit is no number above 0.
   */
  constructor(sink: LineSink, options: LineQueueOptions) {
    const { maxQueued = 1024 * 1024, interval = 100, onDropped = ignore, onError = ignore } = options;
    this.#write = writerOf(sink);
    this.#maxQueued = positive("maxQueued", maxQueued);
    this.#interval = positive("interval", interval);
    this.#onDropped = onDropped;
    this.#onError = onError;
  }

  /** Lines that were lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a line, without its end; drops it if there is no room. */
  push(line: string): void {
    const size = line.length + 1;
    if (this.#queued + size > this.#maxQueued) return this.#lose(1);
    this.#waiting.push(line);
    this.#queued += size;
    if (this.#writing !== null) return;
    if (this.#queued >= BATCH) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), this.#interval);
  }

  /** Counts lines as lost by an error, and tells it. */
  fail(error: unknown, lines: number): void {
    this.#lose(lines);
    if (this.#failing) return;
    this.#failing = true;
    this.#onError(error);
  }

  /** Writes what waits; resolves when that has been done, or has taken so many milliseconds. */
  async flush(deadline: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<true>();
    const timer = setTimeout(() => resolve(true), deadline);
    try {
      while (this.#writing !== null || this.#waiting.length > 0) {
        if (this.#writing === null) this.#begin();
        if (await Promise.race([this.#writing, late]) === true) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #lose(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== null || this.#waiting.length === 0) return;
    const ended = () => {
      this.#writing = null;
      this.#begin();
    };
    this.#writing = this.#writeAll().then(ended, ended);
  }

  /** Writes what waits, and what comes meanwhile. It rejects only where a listener throws. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      const text = lines.join("\n") + "\n";
      try {
        await this.#write(text);
      } catch (error) {
        this.#queued -= text.length;
        this.fail(error, lines.length);
        continue;
      }
      this.#queued -= text.length;
      this.#failing = false;
      this.#tellLost();
    }
  }

  #tellLost(): void {
    const lost = this.#untold;
    if (lost === 0) return;
    this.#untold = 0;
    this.#onDropped(lost);
  }
}

function writerOf(sink: LineSink): (lines: string) => void | Promise<void> {
  if (typeof sink === "function") return sink;
  if (!(sink instanceof WritableStream)) {
    throw new TypeError("Cannot write a log: the sink is neither a WritableStream nor a function");
  }
  const writer = sink.getWriter();
  writer.closed.catch(ignore);
  return async (lines) => {
    await writer.ready;
    await writer.write(encoder.encode(lines));
  };
}

function positive(option: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw new TypeError(`Cannot use option ${option}: it is not a number above 0`);
}

function ignore(): void {}
