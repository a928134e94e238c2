import type { RequestHead } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { Handler } from "./handler.ts";
import type { RequestSummary } from "./request_summary.ts";

/** The client of a request that came by way of proxies. */
export interface ForwardedClient {
  /** The client, or the nearest proxy that is known. */
  readonly address: RemoteAddress;
  /** Whether the client used an encrypted connection; `null` if nobody says so: that of the connection stands. */
  readonly secure: boolean | null;
  /** The Host that the client sent; `null` if nobody says so: that of the request stands. */
  readonly host: string | null;
}

/** What the exchanges of a server's thread share. */
export interface ExchangeHost {
  /** What requests are handed to. */
  readonly handler: Handler;
  /** Number of handlers that have returned a promise which has not settled. */
  pendingHandlers: number;
  /** The port that the server listens on; 0 if it has none. */
  readonly localPort: number;
  /** Finds the client of a request that came by way of a proxy; `null` where no proxy is trusted. */
  readonly findClient: ((head: RequestHead, peer: RemoteAddress) => ForwardedClient) | null;
  /** A signal that aborts when the server begins to close. */
  readonly draining: AbortSignal;
  /** Has the close of the server wait for work that outlives its exchange. A rejection is told to the program. */
  waitUntil(work: Promise<unknown>): void;
  /** Counts a request that is handed to the handler. */
  countRequest(): void;
  /** Counts a final response, or an upgrade. */
  countResponse(status: number): void;
  /** Tells an error to the program, with the request that it concerns. */
  report(error: unknown, request: RequestSummary | null): void;
}
