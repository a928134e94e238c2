import type { Handler } from "./handler.ts";
import type { RequestSummary } from "./request_summary.ts";

/** What the exchanges of a server's thread share. */
export interface ExchangeHost {
  /** What requests are handed to. */
  readonly handler: Handler;
  /** Number of handlers that have returned a promise which has not settled. */
  pendingHandlers: number;
  /** The port that the server listens on; 0 if it has none. */
  readonly localPort: number;
  /** A signal that aborts when the server begins to close. */
  readonly draining: AbortSignal;
  /** Counts a request that is handed to the handler. */
  countRequest(): void;
  /** Counts a final response, or an upgrade. */
  countResponse(status: number): void;
  /** Tells an error to the program, with the request that it concerns. */
  report(error: unknown, request: RequestSummary | null): void;
}
