import { type AccessLogFormat, formatterOf, type LineFormatter } from "./access_log_format.ts";
import { LineQueue, type LineSink } from "./line_queue.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";

/** Options of an {@linkcode AccessLog}. */
export interface AccessLogOptions {
  /**
   * The format of a line, or a function that makes a line of a response. Line breaks in its result become
   * blanks.
   *
   * @default {"combined"}
   */
  readonly format?: AccessLogFormat | LineFormatter;
  /**
   * Characters that may wait for a slow sink. Lines beyond are dropped and counted.
   *
   * @default {1048576}
   */
  readonly maxQueued?: number;
  /**
   * Milliseconds for which lines are gathered before they are written together.
   *
   * @default {100}
   */
  readonly interval?: number;
  /** Receives the number of dropped lines, each time that the sink takes some again. It must not throw. */
  readonly onDropped?: (lines: number) => void;
  /** Receives a failure of the sink, once until it takes lines again. It must not throw. */
  readonly onError?: (error: unknown) => void;
}

/**
 * An access log. No request waits for it: lines are gathered in a queue of bounded size, and dropped where
 * the sink is too slow for them.
 */
export class AccessLog {
  readonly #format: LineFormatter;
  readonly #queue: LineQueue;

  /**
   * @param sink Takes the lines: a stream of bytes, or a function that is called with some lines at a time
   * and may return a promise, which is waited for before it is called again.
   * @param options The format, and the limits of the queue.
   * @throws {TypeError} If the sink or the format is none, or a limit is no number above 0.
   */
  constructor(sink: LineSink, options: AccessLogOptions = {}) {
    const { format = "combined" } = options;
    this.#format = typeof format === "function" ? format : formatterOf(format);
    this.#queue = new LineQueue(sink, options);
  }

  /** Lines that were lost so far: dropped, or refused by the sink. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Adds a response. It returns at once, and does not throw. */
  add(record: ResponseRecord): void {
    let line: string;
    try {
      line = this.#format(record);
    } catch (error) {
      return this.#queue.fail(error, 1);
    }
    this.#queue.push(/[\r\n]/.test(line) ? line.replace(/[\r\n]+/g, " ") : line);
  }

  /**
   * Writes what waits. The sink itself stays open.
   *
   * @param deadline Milliseconds after which a sink that takes nothing is given up.
   * @default {5000}
   */
  flush(deadline: number = 5000): Promise<void> {
    return this.#queue.flush(deadline);
  }
}
