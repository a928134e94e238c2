import type { RequestHead } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { Handler } from "./handler.ts";
import type { RequestSummary } from "./request_summary.ts";

/** The client of a request that passed through proxies. */
export interface ForwardedClient {
  /** Address of the client, or of the nearest known proxy. */
  readonly address: RemoteAddress;
  /**
   * `true` if the client used an encrypted connection; `null` if unknown, in which case the connection
   * decides.
   */
  readonly secure: boolean | null;
  /** The Host that the client sent; `null` if unknown, in which case the Host of the request is used. */
  readonly host: string | null;
}

/** State that the exchanges of one server thread share. */
export interface ExchangeHost {
  /** The handler of the requests. */
  readonly handler: Handler;
  /** Number of promises returned by the handler that have not settled. */
  pendingHandlers: number;
  /** The port that the server listens on; 0 if it has none. */
  readonly localPort: number;
  /** Finds the client of a request that passed through a proxy; `null` if no proxy is trusted. */
  readonly findClient: ((head: RequestHead, peer: RemoteAddress) => ForwardedClient) | null;
  /** A signal that aborts when the server begins to close. */
  readonly draining: AbortSignal;
  /**
   * Has the close of the server wait for work that outlives its exchange. A rejection is told to the program.
   */
  waitUntil(work: Promise<unknown>): void;
  /** Counts a request that is handed to the handler. */
  countRequest(): void;
  /** Counts a final response, or an upgrade. */
  countResponse(status: number): void;
  /** Reports an error to the program, with the request that it concerns. */
  report(error: unknown, request: RequestSummary | null): void;
}
