import type { ServerOptions } from "../../mod.ts";
import { type Fixture, startFixture } from "../support/fixture.ts";
import type { Runtime } from "../support/runtimes.ts";
import type { Command, Outcome } from "./control.ts";
import {
  connectResettable,
  inBackground,
  post,
  RawClient,
  type RawResponse,
  type ResettableClient,
} from "./raw_client.ts";

/** Milliseconds in which an event has to happen. */
const PATIENCE = 5000;

/** An event that the fixture reported: see `report.ts`. */
export interface ReportedEvent {
  readonly event: string;
  readonly id?: string;
  readonly [detail: string]: unknown;
}

/** Properties of the awaited event. */
type Wanted = Readonly<Record<string, unknown>>;

function has(told: ReportedEvent, wanted: Wanted): boolean {
  return Object.entries(wanted).every(([key, value]) => told[key] === value);
}

/** The process of `fixture.ts` on one runtime, with the operations that the behaviours use. */
export class BehaviourServer {
  readonly runtime: Runtime;
  readonly #fixture: Fixture;
  #lines = 0;
  #events: ReportedEvent[] = [];
  #unexpected: string[] = [];
  #ids = 0;
  /**
   * Number of events before a connection, by the client's port: an earlier connection may have had the same
   * port.
   */
  readonly #before = new Map<number, number>();

  constructor(runtime: Runtime, fixture: Fixture) {
    this.runtime = runtime;
    this.#fixture = fixture;
  }

  static async start(runtime: Runtime, options: ServerOptions = {}): Promise<BehaviourServer> {
    const script = new URL("./fixture.ts", import.meta.url);
    return new BehaviourServer(runtime, await startFixture(runtime, script, [JSON.stringify(options)]));
  }

  /** Port of the server on 127.0.0.1. */
  get port(): number {
    return this.#fixture.port;
  }

  /** Reads the resident memory of the process, in bytes. */
  memory(): number {
    return this.#fixture.memory();
  }

  /** Creates a unique name for a request. */
  id(): string {
    return `r${++this.#ids}`;
  }

  /** Opens a connection. */
  async connect(address: number | { path: string } = this.port): Promise<RawClient> {
    return this.#noted(this.events.length, await RawClient.connect(address));
  }

  /** Opens a connection that can be reset, and sends `text`. */
  async connectResettable(text: string, port: number = this.port): Promise<ResettableClient> {
    return this.#noted(this.events.length, await connectResettable(port, text));
  }

  #noted<Client extends { readonly localPort: number }>(before: number, client: Client): Client {
    this.#before.set(client.localPort, before);
    return client;
  }

  /** Sends a request over a separate connection and reads the response. */
  async ask(request: string, address: number | { path: string } = this.port): Promise<RawResponse> {
    using client = await this.connect(address);
    await client.send(request);
    return await client.readResponse(request.slice(0, request.indexOf(" ")));
  }

  /** The events that the fixture has reported. */
  get events(): readonly ReportedEvent[] {
    const { stderr } = this.#fixture;
    while (this.#lines < stderr.length) {
      const line = stderr[this.#lines++]!;
      if (line.startsWith('{"event":')) this.#events.push(JSON.parse(line));
      else this.#unexpected.push(line);
    }
    return this.#events;
  }

  /** The lines on standard error that are not events, for example an unhandled rejection or a warning. */
  get unexpected(): readonly string[] {
    return this.events && this.#unexpected;
  }

  /**
   * Waits until `count` matching events have happened after the first `from` events, and returns the last of
   * them.
   */
  async event(event: string, wanted: Wanted, count = 1, from = 0): Promise<ReportedEvent> {
    const what = `"${event}" ${JSON.stringify(wanted)}`;
    return await this.#wait(what, (told) => told.event === event && has(told, wanted), count, from);
  }

  /** Selects the matching events of one kind, without the first `from` of all events. */
  eventsOf(event: string, wanted: Wanted, from = 0): ReportedEvent[] {
    return this.events.slice(from).filter((told) => told.event === event && has(told, wanted));
  }

  /** Each event is inspected only once, however long the wait is, because there are thousands. */
  async #wait(
    what: string,
    isOne: (told: ReportedEvent) => boolean,
    count: number,
    from = 0,
  ): Promise<ReportedEvent> {
    const deadline = performance.now() + PATIENCE;
    let found = 0;
    for (let next = from;;) {
      for (const told of this.events.slice(next)) {
        next++;
        if (isOne(told) && ++found === count) return told;
      }
      const patience = deadline - performance.now();
      if (patience <= 0) {
        throw new Error(
          `${found} of ${count} ${what} after ${PATIENCE} ms, the last: ` +
            `${JSON.stringify(this.events.slice(-6))} ${this.unexpected.join("\n")}`,
        );
      }
      await this.#fixture.nextLine(patience);
    }
  }

  /** Waits until the server has accepted a connection, identified by the client's port. */
  async connectionStart(port: number): Promise<ReportedEvent> {
    return await this.event("connectionStart", { port }, 1, this.#before.get(port));
  }

  /** Waits until a connection has ended on the server, identified by the client's port. */
  async connectionEnd(port: number): Promise<ReportedEvent> {
    return await this.event("connectionEnd", { port }, 1, this.#before.get(port));
  }

  /** Waits for an error passed to `onError` whose name and message contain `text`. */
  async error(text: string, count = 1): Promise<string> {
    const isOne = ({ event, error }: ReportedEvent) => event === "error" && String(error).includes(text);
    return String((await this.#wait(`error with "${text}"`, isOne, count)).error);
  }

  /** Sends a command to the fixture. */
  async control(command: Command): Promise<Outcome> {
    const { port } = await this.event("control", {});
    const { text } = await this.ask(post("/", JSON.stringify(command)), Number(port));
    return JSON.parse(text) as Outcome;
  }

  /** Starts another server in the fixture, on a free port. */
  async listen(options: Extract<Command, { do: "listen" }>["options"] = {}): Promise<ExtraServer> {
    const name = this.id();
    const outcome = await this.control({ do: "listen", name, address: "127.0.0.1:0", options });
    if (outcome.error !== undefined) throw new Error(outcome.error.message);
    const { hostname, port } = outcome.address as { hostname: string; port: number };
    if (hostname !== "127.0.0.1" || !(port > 0 && port < 65536)) {
      throw new Error(`It listens on ${JSON.stringify(outcome.address)}`);
    }
    return new ExtraServer(this, name, port);
  }

  /** Stops the fixture, whose process must end by itself, and returns the exit code. */
  async stop(): Promise<number> {
    const timer = setTimeout(() => Deno.kill(this.#fixture.pid, "SIGKILL"), PATIENCE);
    const code = await this.#fixture.stop();
    clearTimeout(timer);
    return code;
  }
}

/** A server in the fixture for a single test. */
export class ExtraServer implements AsyncDisposable {
  readonly #fixture: BehaviourServer;
  /** Name of the server in a {@linkcode Command}. */
  readonly name: string;
  readonly port: number;

  constructor(fixture: BehaviourServer, name: string, port: number) {
    this.#fixture = fixture;
    this.name = name;
    this.port = port;
  }

  /** Closes the server; resolves when it has closed. */
  close(options: { deadline?: number } = {}): Promise<Outcome> {
    return inBackground(this.#fixture.control({ do: "close", name: this.name, options }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ deadline: 0 });
  }
}
