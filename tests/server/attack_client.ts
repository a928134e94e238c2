import { type Fixture, startFixture } from "../support/fixture.ts";
import type { Runtime } from "../support/runtimes.ts";

/** A connection of an attacker. */
export class Attacker implements Disposable {
  readonly #connection: Deno.TcpConn;
  #closed = false;
  /** Number of bytes sent. */
  sent = 0;
  /** The received text, except for content that is dropped. */
  received = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects to a port on 127.0.0.1. */
  static async connect(port: number): Promise<Attacker> {
    return new Attacker(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends the whole text; returns `false` if the server has closed the connection. */
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

  /**
   * Reads and drops all bytes up to the end of the connection; returns the number of occurrences of `text`,
   * which must not overlap itself.
   */
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

  /** Closes the connection. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/** Memory use of a server during an attack. */
export interface Damage {
  /** Resident memory before the attack, in bytes. */
  readonly before: number;
  /** Maximum resident memory during the attack, in bytes. */
  readonly peak: number;
  /** Result of the attack, in a few words. */
  readonly result: string;
  readonly seconds: number;
}

/** Milliseconds after which an attack has succeeded, because it keeps the server busy. */
const TIME_LIMIT = 120_000;

/** A server under attack, with its memory. */
export class Victim implements AsyncDisposable {
  readonly #fixture: Fixture;

  private constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  /** Starts a server on a runtime. */
  static async start(runtime: Runtime): Promise<Victim> {
    const fixture = await startFixture(runtime, new URL("attack_server.ts", import.meta.url));
    // The memory for loading and compiling code on the first requests is not part of an attack.
    for (let i = 0; i < 100; i++) await assertAlive(fixture.port);
    return new Victim(fixture);
  }

  /** Stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fixture.stop();
  }

  /** Runs an attack. The server must then still respond, and must not have reported an error. */
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

/** Sends a request over a separate connection and checks the response. */
async function assertAlive(port: number): Promise<void> {
  using client = await Attacker.connect(port);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const answer = await client.readUntil("\r\n\r\nok");
  if (!answer.startsWith("HTTP/1.1 200 OK\r\n")) throw new Error(`The server does not answer: ${answer}`);
}

/** Resets the peak memory of the process. Without the permission to do so, the peak includes earlier use. */
function forgetPeak(pid: number): void {
  try {
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // The bounds are then only stricter.
  }
}

/** Reads the peak resident memory of a process, in bytes (Linux). */
function peakMemory(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmHWM:\s+(\d+) kB$/m);
  if (line === null) throw new Error(`Cannot read the memory of process ${pid}`);
  return Number(line[1]) * 1024;
}
