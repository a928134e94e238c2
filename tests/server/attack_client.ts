import { type Fixture, startFixture } from "../support/fixture.ts";
import type { Runtime } from "../support/runtimes.ts";

/** One connection of an attacker's. */
export class Attacker implements Disposable {
  readonly #connection: Deno.TcpConn;
  #closed = false;
  /** Bytes that were sent. */
  sent = 0;
  /** What was received, unless reading has to stop somewhere. */
  received = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects to a port on 127.0.0.1. */
  static async connect(port: number): Promise<Attacker> {
    return new Attacker(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends text, all of it; `false` if the server has closed the connection. */
  async send(text: string): Promise<boolean> {
    const bytes = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < bytes.length;) {
        const count = await this.#connection.write(bytes.subarray(at));
        at += count;
        this.sent += count;
      }
      return !this.#closed;
    } catch {
      return false;
    }
  }

  /** Reads until `text` has arrived, or the server closes the connection. */
  async readUntil(text: string): Promise<string> {
    const buffer = new Uint8Array(65536);
    const decoder = new TextDecoder();
    while (!this.received.includes(text)) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      this.received += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return this.received;
  }

  /** Reads and drops everything up to the end of the connection; how often `text` was there, which is no part of itself. */
  async count(text: string, enough: number): Promise<number> {
    const buffer = new Uint8Array(65536);
    const decoder = new TextDecoder();
    let rest = "";
    let found = 0;
    while (found < enough) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      rest += decoder.decode(buffer.subarray(0, count), { stream: true });
      const parts = rest.split(text);
      found += parts.length - 1;
      rest = parts.at(-1)!.slice(-text.length);
    }
    return found;
  }

  /** Ends the connection. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/** What an attack did to the memory of a server. */
export interface Damage {
  /** Resident bytes before. */
  readonly before: number;
  /** The most that was resident at any time. */
  readonly peak: number;
  /** What came of the attack, in a few words. */
  readonly result: string;
  readonly seconds: number;
}

/** Milliseconds after which an attack has succeeded: the server is busy with it and with nothing else. */
const TIME_LIMIT = 120_000;

/** A server that is attacked, and its memory. */
export class Victim implements AsyncDisposable {
  readonly #fixture: Fixture;

  private constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  /** Starts a server of a runtime. */
  static async start(runtime: Runtime): Promise<Victim> {
    const fixture = await startFixture(runtime, new URL("attack_server.ts", import.meta.url));
    // What the first requests load and compile is not an attack's doing.
    for (let i = 0; i < 100; i++) await assertAlive(fixture.port);
    return new Victim(fixture);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fixture.stop();
  }

  /** Attacks it. It must then still answer, and not have complained. */
  async suffer(run: (port: number) => Promise<string>): Promise<Damage> {
    const { pid, port, stderr } = this.#fixture;
    forgetPeak(pid);
    const before = this.#fixture.memory();
    const started = performance.now();
    const result = await withinTime(run(port));
    const seconds = (performance.now() - started) / 1000;
    const peak = peakMemory(pid);
    await assertAlive(port);
    if (stderr.length > 0) throw new Error(`The server complains: ${stderr.join("\n")}`);
    return { before, peak, result, seconds };
  }
}

async function withinTime<T>(running: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not over after ${TIME_LIMIT / 1000} s`)), TIME_LIMIT);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks like any client, with a connection of its own. */
async function assertAlive(port: number): Promise<void> {
  using client = await Attacker.connect(port);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const answer = await client.readUntil("\r\n\r\nok");
  if (!answer.startsWith("HTTP/1.1 200 OK\r\n")) throw new Error(`The server does not answer: ${answer}`);
}

/** Makes the peak that of the time from now on; where that is not allowed, it is that of all time. */
function forgetPeak(pid: number): void {
  try {
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Then the bounds are only harder to keep.
  }
}

/** The most memory that a process has had resident, in bytes (Linux). */
function peakMemory(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmHWM:\s+(\d+) kB$/m);
  if (line === null) throw new Error(`Cannot read the memory of process ${pid}`);
  return Number(line[1]) * 1024;
}
