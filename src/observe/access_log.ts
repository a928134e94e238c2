import type { ResponseRecord } from "../exchange/response_record.ts";
import { type AccessLogFormat, formatterOf, type LineFormatter } from "./access_log_format.ts";
import { LineQueue, type LineSink } from "./line_queue.ts";

/** Options of {@linkcode accessLog}. */
export interface AccessLogOptions {
  /**
   * The format of a line, or a function that makes the line of a response. Line breaks in its result are
   * replaced by blanks.
   *
   * @default {"combined"}
   */
  readonly format?: AccessLogFormat | LineFormatter;
  /**
   * Characters that may wait for a slow sink. Further lines are dropped and counted.
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
  /** Receives the number of dropped lines, each time that the sink takes lines again. It must not throw. */
  readonly onDropped?: (lines: number) => void;
  /** Receives an error of the sink; only the first until the sink takes lines again. It must not throw. */
  readonly onError?: (error: unknown) => void;
}

/** An access log: the function is the `onResponse` of a server. It returns at once, and does not throw. */
export interface AccessLog extends AsyncDisposable {
  /** Adds the line of a response. */
  (record: ResponseRecord): void;
  /** Number of lines that were lost so far: dropped, or refused by the sink. */
  readonly dropped: number;
  /**
   * Writes the lines that wait. The sink itself stays open.
   *
   * @param deadline Milliseconds after which to stop waiting for the sink. 5000 by default.
   */
  flush(deadline?: number): Promise<void>;
}

/**
 * Makes an access log. No request waits for it: lines are gathered in a queue of bounded size, and dropped
 * where the sink is too slow.
 *
 * @param sink Receives the lines: a stream of bytes, a stream of Node such as `process.stdout`, or a function
 * that is called with some lines at a time, and not again before the promise that it returns has settled.
 * @param options The format, and the limits of the queue.
 * @returns The log, to be given to a server as `onResponse`.
 * @throws {TypeError} If the sink is of another type, the format is unknown, or a limit is not above 0.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { accessLog } from "@handoff/server/observe";
 * import { assertMatch } from "@std/assert";
 *
 * let text = "";
 * const log = accessLog((lines) => void (text += lines), { format: "common" });
 * const server = Server.http("127.0.0.1:0", { onResponse: log });
 * const listening = await server.handle((_req, res) => res.send("Hello, World!"));
 *
 * await (await fetch(new URL("/tea", listening.url))).text();
 * await listening.close();
 * await log.flush();
 * assertMatch(text, /^127\.0\.0\.1 - - \[.*\] "GET \/tea HTTP\/1\.1" 200 13\n$/);
 * ```
 */
export function accessLog(sink: LineSink, options: AccessLogOptions = {}): AccessLog {
  const { format = "combined" } = options;
  const formatter = typeof format === "function" ? format : formatterOf(format);
  const queue = new LineQueue(sink, options);
  function add(record: ResponseRecord): void {
    let line: string;
    try {
      line = formatter(record);
    } catch (error) {
      return queue.fail(error, 1);
    }
    queue.push(/[\r\n]/.test(line) ? line.replace(/[\r\n]+/g, " ") : line);
  }
  const flush = (deadline = 5000) => queue.flush(deadline);
  return Object.defineProperties(add, {
    dropped: { get: () => queue.dropped },
    flush: { value: flush },
    [Symbol.asyncDispose]: { value: () => flush() },
  }) as AccessLog;
}
