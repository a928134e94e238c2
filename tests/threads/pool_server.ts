import type { ServerStats } from "../../mod.ts";
import { head, post, RawClient, type RawResponse } from "../behaviour/raw_client.ts";
import { type Fixture, startFixture } from "../support/fixture.ts";
import type { Runtime } from "../support/runtimes.ts";
import type { PoolCommand, PoolOptions } from "./pool_fixture.ts";
import type { Counter } from "./pool_state.ts";

/** Milliseconds in which something has to come about. */
const PATIENCE = 8000;

/** The longest pause between two looks at whether it has, in milliseconds. */
const MAX_PAUSE = 80;

/** What the fixture tells of itself. */
export interface PoolReport {
  readonly stats: ServerStats;
  readonly errors: readonly string[];
  readonly counters: Readonly<Record<Counter, number>>;
}

/** `pool_fixture.ts` under one runtime, and how the tests talk to it. */
export class PoolServer implements AsyncDisposable {
  readonly #fixture: Fixture;
  readonly #controlPort: number;

  constructor(fixture: Fixture, controlPort: number) {
    this.#fixture = fixture;
    this.#controlPort = controlPort;
  }

  static async start(runtime: Runtime, options: PoolOptions): Promise<PoolServer> {
    const script = new URL("./pool_fixture.ts", import.meta.url);
    const fixture = await startFixture(runtime, script, [JSON.stringify(options)]);
    const control = () => fixture.stderr.find((line) => line.startsWith("control "));
    await until("the control server listens", () => control() !== undefined);
    return new PoolServer(fixture, Number(control()!.slice("control ".length)));
  }

  /** Where it listens on 127.0.0.1. */
  get port(): number {
    return this.#fixture.port;
  }

  get pid(): number {
    return this.#fixture.pid;
  }

  /** What it wrote to standard error, but for its own announcement. */
  get stderr(): readonly string[] {
    return this.#fixture.stderr.filter((line) => !line.startsWith("control "));
  }

  /** The resident memory of its process, in bytes. */
  memory(): number {
    return this.#fixture.memory();
  }

  /** Opens a connection. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** Sends a request over a connection of its own and reads the answer. */
  async ask(request: string): Promise<RawResponse> {
    using client = await this.connect();
    await client.send(request);
    return await client.readResponse(request.slice(0, request.indexOf(" ")));
  }

  /** The content of a GET. */
  async get(path: string): Promise<string> {
    return (await this.ask(head(`GET ${path}`))).text;
  }

  /** Has a command carried out. */
  async control(command: PoolCommand): Promise<unknown> {
    using client = await RawClient.connect(this.#controlPort);
    await client.send(post("/", JSON.stringify(command)));
    return JSON.parse((await client.readResponse()).text);
  }

  /** What it tells of itself. */
  async report(): Promise<PoolReport> {
    return await this.control({ do: "report" }) as PoolReport;
  }

  /** Waits until its report is as is wanted. */
  async reported(what: string, wanted: (report: PoolReport) => boolean): Promise<PoolReport> {
    let last: PoolReport | undefined;
    await until(what, async () => wanted(last = await this.report()), () => JSON.stringify(last));
    return last!;
  }

  /** Stops it: it must end by itself. The exit code. */
  async stop(): Promise<number> {
    const timer = setTimeout(() => Deno.kill(this.pid, "SIGKILL"), PATIENCE);
    const code = await this.#fixture.stop();
    clearTimeout(timer);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Waits until something has come about. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  details: () => string | undefined = () => undefined,
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  // To look takes time from what is looked for: less and less often.
  for (let pause = 5; !(await condition()); pause = Math.min(MAX_PAUSE, pause * 1.5)) {
    if (performance.now() > deadline) {
      throw new Error(`Not within ${PATIENCE} ms: ${what}. ${details() ?? ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
