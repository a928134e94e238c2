import type { ConnectionOutput, ProtocolConnection } from "../../src/exchange/protocol.ts";
import { Exchange } from "../../src/exchange/exchange.ts";
import type { Handler, HandlerFunction } from "../../src/exchange/handler.ts";
import type { BeginExchange, RequestEvents } from "../../src/exchange/request_events.ts";
import type { ResponseTransport } from "../../src/exchange/transport.ts";
import type { TakeConnection, UpgradedHandler, UpgradedSocket } from "../../src/exchange/upgraded_socket.ts";
import type { ConnectionClosedError, HttpError } from "../../src/http/errors.ts";
import type { RequestHead } from "../../src/http/request_head.ts";
import { Http1, type Http1Settings } from "../../src/h1/http1.ts";
import { Http1Connection } from "../../src/h1/http1_connection.ts";
import { hostOf } from "../exchange/fake_transport.ts";
import { bytesOf, textOf } from "./input.ts";

/** Some time after the start, so that 0 is no time that anything happens at. */
export const START = 1000;

export const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

/** An output that gathers what is written as text of Latin-1. */
export class FakeOutput implements ConnectionOutput {
  text = "";
  blocked = false;
  /** Resolves when more may be written. */
  readiness: Promise<void> = Promise.resolve();

  add(data: string | Uint8Array): void {
    if (typeof data === "string" && /[^\0-\x7f]/.test(data)) throw new Error("Text is not ASCII");
    this.text += typeof data === "string" ? data : textOf(data);
  }

  schedule(): void {}

  cork(): void {}

  uncork(): void {}

  flush(): boolean {
    return !this.blocked;
  }

  hasRoom(): boolean {
    return !this.blocked;
  }

  ready(): Promise<void> {
    return this.readiness;
  }

  skip(): Promise<void> {
    return this.readiness;
  }

  /** What was written since the last time, without the line of the date. */
  take(): string {
    const { text } = this;
    this.text = "";
    return text.replaceAll(`date: ${DATE}\r\n`, "");
  }
}

/** A connection that notes what its protocol asks of it. */
export class FakeConnection implements ProtocolConnection {
  readonly remoteAddress = { hostname: "192.0.2.1", port: 1234 };
  readonly secure = false;
  readonly tls = null;
  readonly number = 1;
  readonly output: FakeOutput = new FakeOutput();
  readonly clock = { now: START, date: DATE };
  readonly ownContext = {
    run: <A>(call: (argument: A) => void, argument: A) => {
      this.runs++;
      call(argument);
    },
    isKept: true,
  };
  draining = false;
  /** The calls since the last `take()`, but for those of reading. */
  readonly calls: string[] = [];
  /** Each change of whether the socket is read from. */
  readonly pauses: boolean[] = [];
  #paused = false;
  /** How often a handler was called in the server's own context. */
  runs = 0;
  /** What `abandon()` returns. */
  abandoned: ConnectionClosedError | null = null;
  /** The bytes that were handed over with the connection, and whether the client had ended. */
  early: [string, boolean] | null = null;

  pauseReading(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.pauses.push(paused);
  }

  refused(error: HttpError): void {
    this.calls.push(`refused ${error.status}`);
  }

  report(error: unknown): void {
    this.calls.push(`report ${error}`);
  }

  closeSoon(): void {
    this.calls.push("closeSoon");
  }

  abandon(reset: boolean, busy: boolean): ConnectionClosedError | null {
    this.calls.push(`abandon${reset ? " reset" : ""}${busy ? " busy" : ""}`);
    return this.abandoned;
  }

  fail(): void {
    this.calls.push("fail");
  }

  detach(early: Uint8Array, ended: boolean, take: TakeConnection): void {
    this.early = [textOf(early), ended];
    this.calls.push("detach");
    take({ resume() {} } as UpgradedSocket, early, ended) satisfies UpgradedHandler;
  }

  /** The calls since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }
}

/** An exchange that does what the test says. */
export class FakeExchange implements RequestEvents {
  readonly transport: ResponseTransport;
  readonly head: RequestHead;
  acceptsContent = true;
  awaitsContent = false;
  /** What it was told: names, and text for content. */
  readonly events: string[] = [];
  /** Whether each piece of content was given away with its buffer. */
  readonly owned: boolean[] = [];
  /** Called by `run()`. */
  onRun: (exchange: FakeExchange) => void = () => {};

  constructor(transport: ResponseTransport, head: RequestHead) {
    this.transport = transport;
    this.head = head;
  }

  run(): void {
    this.events.push("run");
    this.onRun(this);
  }

  contentArrived(piece: Uint8Array, owned: boolean): void {
    this.events.push(textOf(piece));
    this.owned.push(owned);
  }

  contentEnded(trailersOf: Parameters<RequestEvents["contentEnded"]>[0]): void {
    this.events.push(`end ${JSON.stringify(trailersOf().raw())}`);
  }

  requestFailed(error: HttpError): void {
    this.events.push(`failed ${error.status} ${error.message}`);
  }

  clientMayBeGone(): void {
    this.events.push("maybe gone");
  }

  transportClosed(error: ConnectionClosedError): void {
    this.events.push(`closed ${error.message}`);
  }
}

const SETTINGS: Http1Settings = {
  limits: {
    maxHeaderSize: 1024,
    maxHeaderCount: 10,
    maxRequestBodySize: 1e9,
    minRequestBodyRate: 240,
    maxRequestsPerConnection: Infinity,
  },
  timeouts: { headers: 300, idle: 600, receive: 400 },
};

/** HTTP/1.1 on a connection of the test's. */
export interface Driven {
  readonly http1: Http1Connection;
  readonly connection: FakeConnection;
  /** Text arrives. */
  receive(text: string): void;
  /** What was sent since the last time, without dates. */
  sent(): string;
}

function drive(begin: BeginExchange, limits: Partial<Http1Settings["limits"]>): Driven {
  const settings = { ...SETTINGS, limits: { ...SETTINGS.limits, ...limits } };
  const connection = new FakeConnection();
  const http1 = new Http1Connection(new Http1(settings, begin), connection);
  return {
    http1,
    connection,
    receive: (text) => http1.receive(bytesOf(text)),
    sent: () => connection.output.take(),
  };
}

/** A connection whose requests a handler answers, and what the server was told. */
export function served(handler: Handler | HandlerFunction, limits: Partial<Http1Settings["limits"]> = {}) {
  const notes = hostOf(handler);
  const driven = drive((transport, head) => new Exchange(notes.host, transport, head), limits);
  return { ...driven, errors: notes.errors };
}

/** A connection whose exchanges the test carries out, in order of their requests. */
export function exchanged(
  onRun: (exchange: FakeExchange) => void = () => {},
  limits: Partial<Http1Settings["limits"]> = {},
) {
  const exchanges: FakeExchange[] = [];
  const driven = drive((transport, head) => {
    const exchange = new FakeExchange(transport, head);
    exchange.onRun = onRun;
    exchanges.push(exchange);
    return exchange;
  }, limits);
  return { ...driven, exchanges };
}
