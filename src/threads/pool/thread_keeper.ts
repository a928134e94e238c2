import type { RequestSummary } from "../../exchange/request_summary.ts";
import type { ResponseRecord } from "../../exchange/response_record.ts";

/** Receives what happens to one thread. */
export interface ThreadKeeper {
  /** The thread can serve. */
  threadIsReady(): void;
  /** The thread can serve, or a connection that was passed to it has ended. */
  threadHasRoom(): void;
  /** The thread's handler reported an error, which the thread has counted. */
  threadError(error: unknown, request: RequestSummary | null): void;
  /** The thread has answered a request. */
  threadResponded(record: ResponseRecord): void;
  /**
   * An error in dealing with the thread, which nobody has counted: a message that cannot be read, a slow
   * start.
   */
  threadFault(error: unknown): void;
  /** The thread has ended by itself. */
  threadDied(error: unknown): void;
}
