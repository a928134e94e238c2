import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import { type DiagnosticChannel, diagnosticChannel } from "../net/diagnostic_channel.ts";

/**
 * The message of the channels `handoff.request.start` and `handoff.response.end`: one object for each
 * exchange, by which a subscriber finds in the second what it has begun in the first.
 */
export interface ExchangeMessage {
  /** The request; `null` where no request could be read: then there was no `handoff.request.start`. */
  readonly request: RequestSummary | null;
  /** `true` if the client uses an encrypted connection. */
  readonly secure: boolean;
  /** The port that the server listens on; 0 for a Unix socket. */
  readonly localPort: number;
  /** The response; `null` in `handoff.request.start`. */
  readonly record: ResponseRecord | null;
}

/** The message of the channel `handoff.error`. */
export interface ErrorMessage {
  /** The error and request that `onError` receives. */
  readonly error: unknown;
  /** The request that the error concerns; `null` where there is none. */
  readonly request: RequestSummary | null;
}

/** A request begins. The handler runs in the stores that are bound to the channel. */
export const REQUEST_START: DiagnosticChannel<ExchangeMessage> = diagnosticChannel("handoff.request.start");

/** A response is complete or was given up. */
export const RESPONSE_END: DiagnosticChannel<ExchangeMessage> = diagnosticChannel("handoff.response.end");

/** An error is passed to `onError`. */
export const ERROR: DiagnosticChannel<ErrorMessage> = diagnosticChannel("handoff.error");

/**
 * `true` if exchanges are to be observed for subscribers. Two loads of a property: cheap enough for each
 * request.
 */
export function isTraced(): boolean {
  return REQUEST_START.hasSubscribers || RESPONSE_END.hasSubscribers;
}
