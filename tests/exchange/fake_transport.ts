import { Exchange } from "../../src/exchange/exchange.ts";
import type { ExchangeHost } from "../../src/exchange/exchange_host.ts";
import { type Handler, type HandlerFunction, toHandler } from "../../src/exchange/handler.ts";
import type { ResponseTransport } from "../../src/exchange/transport.ts";
import type { TakeConnection, UpgradedSocket } from "../../src/exchange/upgraded_socket.ts";
import type { HttpError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import type { RequestHead } from "../../src/http/request_head.ts";
import type { RemoteAddress } from "../../src/http/request.ts";

/** A call of a transport: its name and its arguments, fields as pairs and bytes as numbers. */
export type TransportCall = readonly unknown[];

/** A transport that notes what it is asked. */
export class FakeTransport implements ResponseTransport {
  readonly remoteAddress: RemoteAddress = { hostname: "192.0.2.1", port: 1234 };
  readonly secure = false;
  readonly tls = null;
  readonly connectionNumber = 1;
  readonly requestNumber = 1;
  /** The calls since the last `take()`. */
  readonly calls: TransportCall[] = [];
  /** What `ready()` and `skip()` return. */
  readiness: Promise<void> = Promise.resolve();

  /** The calls since the last time. */
  take(): TransportCall[] {
    return this.calls.splice(0);
  }

  #note(name: string, ...values: readonly unknown[]): void {
    this.calls.push([name, ...values.map(plainOf)]);
  }

  interim(...values: Parameters<ResponseTransport["interim"]>): void {
    this.#note("interim", ...values);
  }

  whole(...values: Parameters<ResponseTransport["whole"]>): void {
    this.#note("whole", ...values);
  }

  head(...values: Parameters<ResponseTransport["head"]>): void {
    this.#note("head", ...values);
  }

  content(data: string | Uint8Array): void {
    this.#note("content", data);
  }

  end(trailers: HeaderMap | null): void {
    this.#note("end", trailers);
  }

  schedule(): void {
    this.#note("schedule");
  }

  ready(): Promise<void> {
    return this.readiness;
  }

  skip(size: number): Promise<void> {
    this.#note("skip", size);
    return this.readiness;
  }

  refuse(error: HttpError): void {
    this.#note("refuse", error.status, error.message);
  }

  abort(): void {
    this.#note("abort");
  }

  upgrade(headers: HeaderMap, take: TakeConnection): void {
    this.#note("upgrade", headers);
    take({ resume() {} } as UpgradedSocket, new Uint8Array(0), false);
  }

  wantContent(): void {
    this.#note("wantContent");
  }

  dropContent(): void {
    this.#note("dropContent");
  }

  done(consumed: number): void {
    this.#note("done", consumed);
  }
}

function plainOf(value: unknown): unknown {
  if (value instanceof HeaderMap) return value.raw();
  return value instanceof Uint8Array ? [...value] : value;
}

/** What an exchange tells the server that it belongs to. */
export interface HostNotes {
  /** What `onError` was told. */
  readonly errors: unknown[];
  /** The statuses that were counted. */
  readonly statuses: number[];
  readonly host: ExchangeHost;
  /** Requests that were counted. */
  requests: number;
}

/** A server's thread with nothing but a handler. */
export function hostOf(handler: Handler | HandlerFunction): HostNotes {
  const notes = { errors: [] as unknown[], statuses: [] as number[], requests: 0 };
  const host: ExchangeHost = {
    handler: toHandler(handler),
    pendingHandlers: 0,
    localPort: 80,
    findClient: null,
    draining: new AbortController().signal,
    waitUntil: () => {},
    countRequest: () => void notes.requests++,
    countResponse: (status) => void notes.statuses.push(status),
    report: (error) => void notes.errors.push(error),
  };
  return Object.assign(notes, { host });
}

/** The head of a request: `GET /` without content, but for what is given. */
export function headOf(given: Partial<RequestHead> = {}): RequestHead {
  return {
    method: "GET",
    form: "origin",
    version: "1.1",
    hasContent: (given.contentLength ?? -1) > 0,
    contentLength: -1,
    expectsContinue: false,
    acceptsTrailers: false,
    offersUpgrade: false,
    host: () => "a",
    target: () => "/",
    fields: () => new HeaderMap({ host: "a" }),
    fieldSection: () => "host: a\r\n",
    ...given,
  };
}

/** An exchange whose handler has been called, its transport, and what it has told its server. */
export function exchangeOf(handler: Handler | HandlerFunction, head: Partial<RequestHead> = {}) {
  const transport = new FakeTransport();
  const notes = hostOf(handler);
  const exchange = new Exchange(notes.host, transport, headOf(head));
  exchange.run();
  return { exchange, transport, notes, errors: notes.errors, host: notes.host };
}
