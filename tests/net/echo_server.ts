// A server on the bare sockets of src/net. The first line of a connection says what the server does with it:
// a mode, and for most modes a name under which another connection can ask what happened.

import process from "node:process";
import type { Accept, Listener, ListenOptions } from "../../src/net/listener.ts";
import { type Address, ownsBuffer, type Socket, type SocketHandler } from "../../src/net/socket.ts";
import { listen } from "../../src/net/listen.ts";

/** What happened on a connection, as the test asks for it. */
export interface Report {
  events: string[];
  received: number;
  /** How many bytes of what was written the operating system has taken. */
  taken: number;
  remoteAddress: Address;
  error?: { code: unknown; message: string };
}

const decoder = new TextDecoder();
const connections = new Map<string, Connection>();
const listeners = new Map<string, Listener>();
/** Where a socket did not keep to the contract of `SocketHandler`. */
const violations: string[] = [];
const acceptErrors: string[] = [];
/** How many connections came to each listener. */
const accepted = new Map<string, number>();
/** Whether a chunk had a buffer for itself. */
const buffers = new WeakMap<ArrayBufferLike, boolean>();
/** Bytes that were given away, kept so that their memory is nobody else's. */
const givenAway: Uint8Array[] = [];
let inOwnerCall = 0;
/** Modes that are about another connection or a listener. */
const QUESTIONS = new Set([
  "report",
  "resume",
  "listen",
  "reopen",
  "listener",
  "certificates",
  "accepted",
  "violations",
]);

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

class Connection implements SocketHandler {
  readonly #socket: Socket;
  #mode = "";
  #argument = "";
  #line = new Uint8Array(0);
  #closed = false;
  #owesDrain = false;
  #written = 0;
  #drained: () => void = () => {};
  readonly report: Report;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.report = { events: [], received: 0, taken: 0, remoteAddress: socket.remoteAddress };
  }

  onData(chunk: Uint8Array): void {
    this.#called("data");
    const owns = ownsBuffer(chunk);
    if (buffers.has(chunk.buffer) && (owns || buffers.get(chunk.buffer))) {
      violations.push("a chunk shares the buffer that one of them has for itself");
    }
    buffers.set(chunk.buffer, owns);
    if (this.#mode !== "") {
      this.#data(chunk);
      return;
    }
    const line = new Uint8Array(this.#line.length + chunk.length);
    line.set(this.#line);
    line.set(chunk, this.#line.length);
    const end = line.indexOf(10);
    this.#line = line;
    if (end === -1) return;
    const [mode, name, ...rest] = decoder.decode(line.subarray(0, end)).split(" ");
    this.#mode = mode!;
    this.#argument = rest.join(" ");
    if (!QUESTIONS.has(mode!)) connections.set(name!, this);
    this.#start(name!);
    if (end + 1 < line.length) this.#data(line.subarray(end + 1));
  }

  onEnd(): void {
    this.#called("end");
    this.report.events.push("end");
    if (this.#mode === "late") {
      void sleep(30).then(() => {
        this.write("late");
        this.end();
      });
    } else if (this.#mode !== "bye" && this.#mode !== "flood") {
      this.end();
    }
  }

  onDrain(): void {
    this.#called("drain");
    if (!this.#owesDrain) violations.push("onDrain without a flush that held back");
    this.#owesDrain = false;
    if (this.#socket.unsent > 0) violations.push(`onDrain with ${this.#socket.unsent} bytes unsent`);
    this.report.events.push("drain");
    this.#drained();
    if (this.#mode === "echo") this.#socket.resume();
  }

  onClose(error?: Error): void {
    this.#called("close");
    this.#closed = true;
    this.report.events.push("close");
    if (error !== undefined) {
      this.report.error = { code: (error as { code?: unknown }).code, message: error.message };
    }
    this.#callEverything();
  }

  write(...pieces: (string | Uint8Array)[]): boolean {
    for (const piece of pieces) this.#own(() => this.#write(piece));
    const taken = this.#own(() => this.#socket.flush());
    if (!taken) {
      if (this.#closed) violations.push("flush() held back after the end");
      this.#owesDrain = true;
      this.report.events.push("held back");
    }
    return taken;
  }

  #write(piece: string | Uint8Array): void {
    this.#written += piece.length;
    this.#socket.write(piece);
  }

  get #taken(): number {
    return this.#written - this.#socket.unsent;
  }

  end(): void {
    this.#own(() => this.#socket.end());
  }

  resume(): void {
    this.report.events.push("resume");
    this.#own(() => this.#socket.resume());
  }

  #start(name: string): void {
    const argument = this.#argument;
    switch (this.#mode) {
      case "bye":
        this.write("bye");
        return this.end();
      case "send":
        this.write(pattern(Number(argument)));
        return this.end();
      case "text": // pieces as an HTTP server writes them: heads as text, bodies as text or bytes
        for (let i = 0; i < Number(argument); i++) {
          this.write(`head ${i}\r\n`, "body;", new TextEncoder().encode(`bytes ${i};`), "tail\n");
        }
        return this.end();
      case "long":
        this.write("x".repeat(Number(argument)));
        return this.end();
      case "pause":
        this.write("pausing");
        return this.#own(() => this.#socket.pause());
      case "destroy":
        this.#write(pattern(Number(argument)));
        this.#own(() => this.#socket.flush());
        this.#own(() => this.#socket.destroy());
        return this.#callEverything();
      case "reset":
        this.#own(() => this.#socket.reset());
        return this.#callEverything();
      case "flood":
        return void this.#flood();
      case "reuse":
        return void this.#reuse(...argument.split(" ").map(Number) as [number, number]);
      case "detach":
        return this.#detach(Number.parseInt(argument), argument.endsWith("end"));
      case "detachLater":
        return void this.#detachLater(Number(argument));
      case "tls":
        // On a line of its own, and with the size of the certificate instead of its bytes.
        this.write(
          `\n${JSON.stringify(this.#socket.tls ?? null, (_, value) => value?.byteLength ?? value)}\n`,
        );
        return;
      case "report":
        return void this.#answer(() => report(name, ...argument.split(/ (.*)/)));
      case "resume":
        return void this.#answer(() => connections.get(name)!.resume());
      case "listen":
        return void this.#answer(() => open(name, JSON.parse(argument, decode)));
      case "reopen":
        return void this.#answer(() => reopen(JSON.parse(argument)));
      case "listener":
        return void this.#answer(() => control(name, argument));
      case "certificates":
        return void this.#answer(() => listeners.get(name)!.setCertificates!(JSON.parse(argument, decode)));
      case "accepted":
        return void this.#answer(() => accepted.get(name) ?? 0);
      case "violations":
        return void this.#answer(() => ({ violations, acceptErrors }));
    }
  }

  /** Writes without end and without leaving the event loop a turn until a flush holds back. */
  async #flood(): Promise<void> {
    const chunk = new Uint8Array(16 * 1024);
    while (!this.#closed) {
      if (this.write(chunk)) await Promise.resolve();
      else await new Promise<void>((resolve) => this.#drained = resolve);
    }
  }

  /** Writes from one buffer again and again. */
  async #reuse(size: number, times: number): Promise<void> {
    const chunk = new Uint8Array(size);
    for (let i = 0; i < times; i++) {
      chunk.fill(i);
      if (!this.write(chunk)) await new Promise<void>((resolve) => this.#drained = resolve);
    }
    chunk.fill(255);
    this.end();
  }

  /** Gives bytes away before they are sent. */
  #detach(size: number, end: boolean): void {
    const bytes = pattern(size);
    this.#own(() => {
      this.#write(bytes);
      this.#write("tail");
      giveAway(bytes);
    });
    if (end) this.end();
    else this.write("more");
    this.#callEverything();
  }

  /** Gives bytes away while they are being sent. */
  async #detachLater(size: number): Promise<void> {
    const bytes = pattern(size);
    this.write(bytes);
    await sleep(50);
    giveAway(bytes);
  }

  async #answer(run: () => unknown): Promise<void> {
    let answer: unknown;
    try {
      answer = await run();
    } catch (error) {
      const { name, message, code, cause } = error as Error & { code?: unknown };
      answer = { error: { name, message, code, cause: String(cause) } };
    }
    this.write(JSON.stringify(answer ?? null));
    this.end();
  }

  #data(chunk: Uint8Array): void {
    this.report.received += chunk.length;
    this.report.events.push("data");
    if (this.#mode === "echo" && !this.write(chunk)) this.#own(() => this.#socket.pause());
  }

  /** After the end every call is harmless. */
  #callEverything(): void {
    this.#own(() => {
      this.#socket.write("too late");
      this.#socket.write(new Uint8Array(100));
      if (!this.#socket.flush()) violations.push("flush() holds back after the end");
      this.#socket.pause();
      this.#socket.resume();
      this.#socket.end();
      this.#socket.destroy();
      this.#socket.reset();
    });
  }

  #own<T>(call: () => T): T {
    inOwnerCall++;
    try {
      return call();
    } finally {
      inOwnerCall--;
      this.report.taken = this.#taken;
    }
  }

  #called(what: string): void {
    if (inOwnerCall > 0) violations.push(`on ${what} from inside a call into the socket`);
    if (this.#closed) violations.push(`on ${what} after onClose`);
    this.report.taken = this.#taken;
  }

  /** What it looks like now. */
  now(): Report {
    return { ...this.report, taken: this.#taken };
  }
}

function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i % 251;
  return bytes;
}

function giveAway(bytes: Uint8Array): void {
  givenAway.push(structuredClone(bytes, { transfer: [bytes.buffer] }));
}

/** The report of a connection, as soon as it has the event asked for. */
async function report(name: string, wait = "", event = ""): Promise<Report> {
  const deadline = Date.now() + Number(wait);
  for (;;) {
    const connection = connections.get(name);
    if (connection !== undefined && (event === "" || connection.report.events.includes(event))) {
      return connection.now();
    }
    if (Date.now() > deadline) {
      throw new Error(`no "${event}" on ${name}: ${connection?.report.events ?? "never came"}`);
    }
    await sleep(5);
  }
}

const accept: Accept = (socket) => new Connection(socket);

async function open(name: string, { address, options }: { address: Address; options?: ListenOptions }) {
  const listener = await listen(address, options);
  accepted.set(name, 0);
  listener.start((socket) => {
    accepted.set(name, accepted.get(name)! + 1);
    return accept(socket);
  }, (error) => acceptErrors.push(String(error)));
  listeners.set(name, listener);
  return { address: listener.address };
}

/** Reads what `encode` of the tests has written. */
function decode(_key: string, value: unknown): unknown {
  if (value === "Infinity") return Infinity;
  const { bytes } = (value ?? {}) as { bytes?: number[] };
  return bytes === undefined ? value : new Uint8Array(bytes);
}

/** Listens, closes and listens again with nothing in between. */
async function reopen(address: Address) {
  const first = await listen(address);
  first.start(accept, (error) => acceptErrors.push(String(error)));
  await first.close();
  const second = await listen(address);
  await second.close();
  return { address: second.address };
}

async function control(name: string, action: string): Promise<void> {
  const listener = listeners.get(name)!;
  if (action === "pause") listener.pause();
  else if (action === "resume") listener.resume();
  else if (action === "abort") listener.abort!();
  else {
    if (action.startsWith("stall ")) stall(Number(action.slice(6)));
    await listener.close();
  }
}

/** Keeps the event loop busy, so that connections wait in the kernel's queue. */
function stall(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

// Stops when standard input ends, or by this signal: Deno sets up its signal handling at some moment after
// its start, and panics if it finds no file descriptor left then.
process.on("SIGTERM", () => process.exit(0));
process.stdin.on("data", () => {});
process.stdin.on("end", () => process.exit(0));

const main = await listen({ hostname: "127.0.0.1", port: 0 }, JSON.parse(process.argv[2] ?? "{}"));
main.start(accept, (error) => acceptErrors.push(String(error)));
console.log(JSON.stringify(main.address));
