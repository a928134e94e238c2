import { setImmediate } from "node:timers";
import { type LimitOptions, type Listening, Server } from "../../mod.ts";
import type { Fresh, Request, Response } from "../../mod.ts";
import { type MemoryClient, memoryListener, type MemoryNetwork } from "../../src/net/memory.ts";
import { textOf } from "../conformance/vectors.ts";

/** The action of the handler for every request of a case. */
export type Manner = "collect" | "stream" | "echo" | "unread" | "throw" | "chunks";

/** All manners; the most informative ones occur more often. */
export const MANNERS: readonly Manner[] = [
  "collect",
  "collect",
  "collect",
  "collect",
  "stream",
  "echo",
  "unread",
  "throw",
  "chunks",
];

/** A call of the handler. */
export interface Call {
  readonly method: string;
  readonly target: string;
  /** The content, one character for each byte; `null` if it could not be read to its end. */
  body: string | null;
  trailers: string[];
}

/** Delivery of the bytes of a case to the server. */
export interface Delivery {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
  /**
   * Delay between two pieces: none, so that the server gets them in sequence; a microtask; or turns of the
   * event loop, until the server has processed the pieces before.
   */
  readonly between: "nothing" | "microtask" | "turns";
  /**
   * Number of bytes that the client reads at a time, and maximum number of bytes in transmission; 0 to read
   * all at once.
   */
  readonly window: number;
}

/** Outcome of a case. */
export interface Outcome {
  /** All bytes that the server sent, one character for each. */
  readonly received: string;
  /** `closed` is the server's orderly end. */
  readonly end: "closed" | "reset" | "hangs";
  readonly calls: readonly Call[];
  /** The errors passed to `onError`, except for those that the client caused. */
  readonly errors: readonly string[];
}

/**
 * Number of turns of the event loop after which the server counts as hanging. Nothing in memory takes longer.
 */
const PATIENCE = 400;

/** The error of a handler with the manner `throw`. */
const EXPECTED = new Error("Thrown by the handler");

/** A server in memory that runs cases one after the other. */
export class Subject {
  readonly #network: MemoryNetwork = memoryListener();
  #listening: Listening | null = null;
  #manner: Manner = "collect";
  #calls: Call[] = [];
  #errors: string[] = [];

  /** Starts a server with the given limits. */
  static async start(limits: LimitOptions = {}): Promise<Subject> {
    const subject = new Subject();
    const server = Server.from(subject.#network.listener, {
      limits,
      // There are no timeouts, so that a hanging server is detected as such.
      timeouts: { headers: 0, idle: 0, receive: 0, send: 0 },
      onError: (error) => subject.#note(error),
    });
    subject.#listening = await server.handle((req, res) => subject.#handle(req, res));
    // This connection stays open, so that the server's clock is not started and stopped with each case.
    subject.#network.connect();
    return subject;
  }

  /** Stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.close({ deadline: 0 });
  }

  /** Number of open connections besides the one that stays open. */
  get #open(): number {
    return (this.#listening?.stats().threads[0]?.openConnections ?? 0) - 1;
  }

  /** Sends a case and then closes the client's half. */
  async run(delivery: Delivery, manner: Manner): Promise<Outcome> {
    this.#manner = manner;
    this.#calls = [];
    this.#errors = [];
    const { window } = delivery;
    const client = this.#network.connect(window === 0 ? {} : { window });
    if (window > 0) client.pause();
    await deliver(client, delivery);
    client.end();
    for (let passed = 0; passed < PATIENCE && !isOver(client); passed++) {
      await turn();
      // A client that reads a few bytes at a time needs many turns.
      if (window > 0 && client.read(window) > 0) passed = 0;
    }
    const end = !isOver(client) ? "hangs" : client.ended ? "closed" : "reset";
    if (end === "hangs") client.reset();
    // Output of the server may still be in transmission.
    client.resume();
    const [calls, errors] = [this.#calls, this.#errors];
    await this.#release(errors);
    return { received: textOf(client.received), end, calls, errors };
  }

  /** Sends a part of a case, then resets the connection. */
  async vanish(delivery: Delivery, manner: Manner): Promise<readonly string[]> {
    this.#manner = manner;
    this.#calls = [];
    const errors: string[] = this.#errors = [];
    const client = this.#network.connect();
    await deliver(client, delivery);
    client.reset();
    await this.#release(errors);
    return errors;
  }

  /** Waits until the connection has ended for the server too. */
  async #release(errors: string[]): Promise<void> {
    for (let passed = 0; passed < PATIENCE && this.#open > 0; passed++) await turn();
    if (this.#open > 0) errors.push("The server still counts the connection as open");
  }

  #note(error: unknown): void {
    const name = error instanceof Error ? error.name : "";
    if (error === EXPECTED || name === "HttpError" || name === "ConnectionClosedError") return;
    this.#errors.push(String(error instanceof Error ? error.stack : error));
  }

  #handle(req: Request, res: Response<Fresh>): void | Promise<void> {
    const call: Call = { method: req.method, target: req.uri.raw, body: null, trailers: [] };
    this.#calls.push(call);
    if (req.method === "CONNECT") res.status = 405;
    if (this.#manner === "throw") throw EXPECTED;
    if (this.#manner === "unread") return res.send(answerOf(call));
    if (this.#manner === "echo") return echo(req, res, call);
    return this.#manner === "stream" ? stream(req, res, call) : this.#collect(req, res, call);
  }

  async #collect(req: Request, res: Response<Fresh>, call: Call): Promise<void> {
    const chunks = this.#manner === "chunks";
    call.body = textOf(await req.bytes());
    call.trailers = await trailersOf(req);
    if (!chunks) return res.send(answerOf(call));
    const streaming = res.start();
    await streaming.write(answerOf(call));
    await streaming.write(call.body.length > 0 ? new Uint8Array(call.body.length).fill(0x2e) : "");
    streaming.end();
  }
}

async function deliver(client: MemoryClient, { pieces, between }: Delivery): Promise<void> {
  for (const piece of pieces) {
    client.send(piece);
    if (between === "microtask") await null;
    else if (between === "turns") { for (let passed = 0; passed < 3; passed++) await turn(); }
  }
}

let nextTurn: Promise<void> | null = null;

/** Returns the next turn of the event loop, shared by all waiting cases. */
function turn(): Promise<void> {
  return nextTurn ??= new Promise((resolve) =>
    setImmediate(() => {
      nextTurn = null;
      resolve();
    })
  );
}

function isOver(client: MemoryClient): boolean {
  return client.ended || client.closed;
}

/** Builds the content of the response to a call: ASCII, and determined by the call. */
export function answerOf(call: Call): string {
  return JSON.stringify([call.method, call.target, call.body?.length ?? -1]);
}

async function stream(req: Request, res: Response<Fresh>, call: Call): Promise<void> {
  let body = "";
  for await (const chunk of req.body) body += textOf(chunk);
  call.trailers = await trailersOf(req);
  call.body = body;
  res.send(answerOf(call));
}

/** Starts the response before the content has arrived. A response that cannot be completed is then cut. */
async function echo(req: Request, res: Response<Fresh>, call: Call): Promise<void> {
  // Accessing the body before the head is sent tells the server that the handler will read it.
  const content = req.body;
  const streaming = res.start();
  let body = "";
  for await (const chunk of content) {
    body += textOf(chunk);
    await streaming.write(chunk);
  }
  call.trailers = await trailersOf(req);
  call.body = body;
}

async function trailersOf(req: Request): Promise<string[]> {
  return Array.from((await req.trailers).raw(), ([name, value]) => `${name.toLowerCase()}: ${value}`);
}
