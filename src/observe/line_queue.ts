/** A writable stream of Node, as far as a log uses it. */
export interface NodeWritable {
  /** Writes text as UTF-8, and calls back once it was written or has failed. */
  write(text: string, callback: (error?: Error | null) => void): unknown;
  /** Adds a listener. An `error` event that has none ends the process. */
  on(event: "error", listener: () => void): unknown;
}

/**
 * A destination of lines: a stream of bytes, a stream of Node, or a function that is called with several
 * lines at a time, each with its line break.
 */
export type LineSink = WritableStream<Uint8Array> | NodeWritable | ((lines: string) => void | Promise<void>);

/** Limits and listeners of a {@linkcode LineQueue}. */
export interface LineQueueOptions {
  /** Characters that may wait. 1 MiB by default. */
  readonly maxQueued?: number;
  /** Milliseconds for which lines are gathered. 100 by default. */
  readonly interval?: number;
  /** Receives the number of lost lines, when the sink takes lines again. */
  readonly onDropped?: (lines: number) => void;
  /** Receives an error of the sink; only the first until the sink takes lines again. */
  readonly onError?: (error: unknown) => void;
}

/** Queued characters that are written without waiting for the interval. */
const BATCH = 64 * 1024;

const encoder = new TextEncoder();

/** A queue of lines in front of a sink, which is given several lines at a time, one call after the other. */
export class LineQueue {
  readonly #write: (lines: string) => void | Promise<void>;
  readonly #maxQueued: number;
  readonly #interval: number;
  readonly #onDropped: (lines: number) => void;
  readonly #onError: (error: unknown) => void;
  #waiting: string[] = [];
  /** Characters of the lines that wait and of those that are being written. */
  #queued = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #failing = false;
  /** Lost lines that `onDropped` has yet to be told of. */
  #untold = 0;
  #dropped = 0;

  /**
   * @param sink Receives the lines.
   * @param options The limits.
   * @throws {TypeError} If the sink is of another type, or a limit is not a number above 0.
   */
  constructor(sink: LineSink, options: LineQueueOptions) {
    const { maxQueued = 1024 * 1024, interval = 100, onDropped = ignore, onError = ignore } = options;
    this.#write = writerOf(sink);
    this.#maxQueued = positive("maxQueued", maxQueued);
    this.#interval = positive("interval", interval);
    this.#onDropped = onDropped;
    this.#onError = onError;
  }

  /** Number of lines that were lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a line, given without its line break; drops it if there is no room. */
  push(line: string): void {
    const size = line.length + 1;
    if (this.#queued + size > this.#maxQueued) return this.#lose(1);
    this.#waiting.push(line);
    this.#queued += size;
    if (this.#writing !== null) return;
    if (this.#queued >= BATCH) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), this.#interval);
  }

  /** Counts lines as lost by an error, and passes the error to `onError`. */
  fail(error: unknown, lines: number): void {
    this.#lose(lines);
    if (this.#failing) return;
    this.#failing = true;
    this.#onError(error);
  }

  /** Writes the lines that wait; resolves once that is done, or after `deadline` milliseconds. */
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

  /** Writes the lines that wait, and those added meanwhile. Rejects only where a listener throws. */
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
  if (sink instanceof WritableStream) {
    const writer = sink.getWriter();
    writer.closed.catch(ignore);
    return async (lines) => {
      await writer.ready;
      await writer.write(encoder.encode(lines));
    };
  }
  if (typeof sink?.write !== "function" || typeof sink.on !== "function") {
    throw new TypeError("Cannot write a log: the sink is neither a stream nor a function");
  }
  // The error of a write comes to its callback as well. Without a listener this event would end the process.
  sink.on("error", ignore);
  return (lines) =>
    new Promise((resolve, reject) => {
      sink.write(lines, (error) => error ? reject(error) : resolve());
    });
}

function positive(option: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw new TypeError(`Cannot use option ${option}: it is not a number above 0`);
}

function ignore(): void {}
