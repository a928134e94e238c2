import type { BeginExchange } from "../exchange/request_events.ts";
import type { BodyLimits } from "./body_decoder.ts";
import { ChunkedEncoder } from "./chunked_encoder.ts";
import type { Http1Timeouts } from "./deadlines.ts";
import { type HeadLimits, RequestHeadParser } from "./request_head_parser.ts";
import { ResponseHeadEncoder } from "./response_head.ts";

/** Settings of HTTP/1.1. */
export interface Http1Settings {
  readonly limits: HeadLimits & BodyLimits & {
    /** Maximum number of requests on one connection. */
    readonly maxRequestsPerConnection: number;
    /** Minimum receive rate of content, in bytes per second; 0 for none. */
    readonly minRequestBodyRate: number;
  };
  readonly timeouts: Http1Timeouts;
}

/** State that the HTTP/1.1 connections of one thread share. */
export class Http1 {
  readonly settings: Http1Settings;
  /** Begins an exchange. */
  readonly begin: BeginExchange;
  readonly headEncoder: ResponseHeadEncoder = new ResponseHeadEncoder();
  readonly chunkedEncoder: ChunkedEncoder = new ChunkedEncoder();
  #parser: RequestHeadParser | null = null;

  /**
   * Creates the shared state.
   *
   * @param settings Limits and timeouts.
   * @param begin Begins an exchange.
   */
  constructor(settings: Http1Settings, begin: BeginExchange) {
    this.settings = settings;
    this.begin = begin;
  }

  /**
   * Takes the parser for a connection that begins to read a head. The connection returns the parser when it
   * is at rest, so one parser serves all connections whose heads arrive whole.
   */
  takeParser(): RequestHeadParser {
    const parser = this.#parser ?? new RequestHeadParser(this.settings.limits);
    this.#parser = null;
    return parser;
  }

  /** Returns a parser that is at rest. */
  giveParser(parser: RequestHeadParser): void {
    this.#parser = parser;
  }
}
