import { setImmediate } from "node:timers";
import { type LimitOptions, type Listening, Server } from "../../mod.ts";
import type { Fresh, Request, Response } from "../../mod.ts";
import { type MemoryClient, memoryListener, type MemoryNetwork } from "../../src/net/memory.ts";
import { textOf } from "../conformance/vectors.ts";

/** What the handler does with every request of a case. */
export type Manner = "collect" | "stream" | "echo" | "unread" | "throw" | "chunks";

/** All of them, those that tell most more often. */
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

/** What the handler was called with. */
export interface Call {
  readonly method: string;
  readonly target: string;
  /** The content, a character for each byte; `null` where it could not be read to its end. */
  body: string | null;
  trailers: string[];
}

/** How the bytes of a case reach the server. */
export interface Delivery {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
  /**
   * What passes between two pieces: nothing, so that the server gets them in a row; a microtask; or turns of the event loop,
   * until it has done all that the ones before caused.
   */
  readonly between: "nothing" | "microtask" | "turns";
  /** What the client reads at a time, of at most so many bytes that are on their way; 0 where it reads all at once. */
  readonly window: number;
}

/** What came of a case. */
export interface Outcome {
  /** All that the server wrote, a character for each byte. */
  readonly received: string;
  /** `closed` is the server's orderly end. */
  readonly end: "closed" | "reset" | "hangs";
  readonly calls: readonly Call[];
  /** What `onError` was told, but for what the client is to blame for. */
  readonly errors: readonly string[];
}

/** Nothing in memory takes time: a server that has not gone on after so many turns of the event loop never will. */
const PATIENCE = 400;

/** What a handler of the manner `throw` throws. */
const EXPECTED = new Error("Thrown by the handler");

/** A server in memory that cases are sent to, one after the other. */
export class Subject {
  readonly #network: MemoryNetwork = memoryListener();
  #listening: Listening | null = null;
  #manner: Manner = "collect";
  #calls: Call[] = [];
  #errors: string[] = [];

  /** Starts a server with these limits. */
  static async start(limits: LimitOptions = {}): Promise<Subject> {
    const subject = new Subject();
    const server = Server.from(subject.#network.listener, {
      limits,
      // Nothing here takes time, and what hangs is to hang.
      timeouts: { headers: 0, idle: 0, receive: 0, send: 0 },
      onError: (error) => subject.#note(error),
    });
    subject.#listening = await server.handle((req, res) => subject.#handle(req, res));
    // A connection that stays, so that the server's clock is not started and stopped with each case.
    subject.#network.connect();
    return subject;
  }

  /** Stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.close({ deadline: 0 });
  }

  /** How many connections are open besides the one that stays. */
  get #open(): number {
    return (this.#listening?.stats().threads[0]?.openConnections ?? 0) - 1;
  }

  /** Sends a case and closes the client's half behind it. */
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
      // A client that reads a few bytes at a time takes as many turns as there are bytes.
      if (window > 0 && client.read(window) > 0) passed = 0;
    }
    const end = !isOver(client) ? "hangs" : client.ended ? "closed" : "reset";
    if (end === "hangs") client.reset();
    // What the server has sent may still be on its way.
    client.resume();
    const [calls, errors] = [this.#calls, this.#errors];
    await this.#release(errors);
    return { received: textOf(client.received), end, calls, errors };
  }

  /** Sends a part of a case, then breaks the connection off. */
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

  /** The connection has to end for the server too. */
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

/** The next turn of the event loop: the same one for all cases that wait. */
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

/** The content of the answer to a call: ASCII, and the same for the same call. */
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

/** Begins to answer before the content has come; a response that cannot be completed is then cut off. */
async function echo(req: Request, res: Response<Fresh>, call: Call): Promise<void> {
  // Held before the head is sent, which tells the server that it is about to be read.
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
