import { connect } from "node:net";
import { type Fixture, startFixture } from "../support/fixture.ts";
import type { Runtime } from "../support/runtimes.ts";
import type { ListenOptions } from "../../src/net/listener.ts";
import type { Address, TcpAddress } from "../../src/net/socket.ts";
import type { TlsCredentials } from "../../src/net/tls.ts";
import type { Report } from "./echo_server.ts";

/** What the server answers to an attempt to listen. */
export interface ListenAnswer {
  address: TcpAddress;
  error?: { name: string; message: string; code: string; cause: string };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
let names = 0;

/** `echo_server.ts` under one runtime, and how the tests talk to it. */
export class EchoServer implements AsyncDisposable {
  readonly #fixture: Fixture;

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  static async start(
    runtime: Runtime,
    options: ListenOptions = {},
  ): Promise<EchoServer> {
    const script = new URL("./echo_server.ts", import.meta.url);
    return new EchoServer(await startFixture(runtime, script, [JSON.stringify(options)]));
  }

  /** CPU time that the process has used, in milliseconds (Linux). */
  cpuTime(): number {
    const fields = Deno.readTextFileSync(`/proc/${this.#fixture.pid}/stat`).replace(/^.*\) /, "").split(" ");
    // User and system time, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** The process's resident memory in bytes. */
  memory(): number {
    return this.#fixture.memory();
  }

  /** What it wrote to standard error. */
  get stderr(): string[] {
    return this.#fixture.stderr;
  }

  /** Opens a connection in a mode. */
  async connect(mode: string, argument: string | number = ""): Promise<Client> {
    return await Client.over(await Deno.connect({ port: this.#fixture.port }), mode, argument);
  }

  /**
   * Opens a connection in a mode and resets it once `event` has happened there: Deno's own connections
   * cannot.
   */
  async reset(mode: string, argument: string | number, event: string): Promise<{ name: string }> {
    const client = { name: `c${names++}` };
    const socket = connect({ host: "127.0.0.1", port: this.#fixture.port });
    socket.on("error", () => {});
    socket.pause();
    socket.write(`${mode} ${client.name} ${argument}\nfirst`);
    await this.report(client, event);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.resetAndDestroy();
    await closed;
    return client;
  }

  /** What happened on a connection, once `event` did, within some milliseconds. */
  async report(client: { name: string }, event = "", wait = 5000): Promise<Report> {
    const report = await this.#ask(`report ${client.name} ${wait} ${event}`) as Report & {
      error: { message: string };
    };
    if (report.events === undefined) throw new Error(report.error.message);
    return report;
  }

  /** Makes the server read on, on a connection in the mode `pause`. */
  async resume(client: Client): Promise<void> {
    await this.#ask(`resume ${client.name}`);
  }

  /** Makes the server listen on one more address, as `name`. */
  async listen(name: string, address: Address, options: ListenOptions = {}): Promise<ListenAnswer> {
    return await this.#ask(`listen ${name} ${JSON.stringify({ address, options }, encode)}`) as ListenAnswer;
  }

  /** Makes the server close what listens on `address` and listen there again in the same turn. */
  async reopen(address: Address): Promise<ListenAnswer> {
    return await this.#ask(`reopen reopened ${JSON.stringify(address)}`) as ListenAnswer;
  }

  /**
   * Pauses, resumes, closes or aborts the listener `name`. After `stall` its server does nothing for so many
   * milliseconds, then closes it.
   */
  async control(
    name: string,
    action: "pause" | "resume" | "close" | "abort" | `stall ${number}`,
  ): Promise<void> {
    await this.#ask(`listener ${name} ${action}`);
  }

  /** Replaces the certificates of the listener `name`; the error, if there was one. */
  async setCertificates(name: string, credentials: TlsCredentials): Promise<ListenAnswer["error"]> {
    const told = JSON.stringify(credentials, encode);
    const answer = await this.#ask(`certificates ${name} ${told}`) as ListenAnswer | null;
    return answer?.error;
  }

  /** How many connections the listener `name` has handed over. */
  async accepted(name: string): Promise<number> {
    return await this.#ask(`accepted ${name}`) as number;
  }

  /** Where a socket broke its contract. */
  async violations(): Promise<{ violations: string[]; acceptErrors: string[] }> {
    return await this.#ask("violations all") as { violations: string[]; acceptErrors: string[] };
  }

  async #ask(line: string): Promise<unknown> {
    using conn = await Deno.connect({ port: this.#fixture.port });
    await writeAll(conn, encoder.encode(line + "\n"));
    return JSON.parse(decoder.decode(await readAll(conn)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fixture.stop();
  }
}

/** A raw connection to the server. */
export class Client implements Disposable {
  readonly conn: Deno.Conn;
  /** The name that the server knows it by. */
  readonly name: string;

  constructor(conn: Deno.Conn, name: string) {
    this.conn = conn;
    this.name = name;
  }

  /** Tells the server its mode over an open connection. */
  static async over(conn: Deno.Conn, mode: string, argument: string | number = ""): Promise<Client> {
    const client = new Client(conn, `c${names++}`);
    await client.send(`${mode} ${client.name} ${argument}\n`);
    return client;
  }

  async send(data: string | Uint8Array): Promise<void> {
    await writeAll(this.conn, typeof data === "string" ? encoder.encode(data) : data);
  }

  /** Reads exactly `size` bytes as text. */
  async read(size: number): Promise<string> {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const count = await this.conn.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return decoder.decode(bytes.subarray(0, length));
  }

  /** Reads to the end. */
  readAll(): Promise<Uint8Array> {
    return readAll(this.conn);
  }

  /** Reads to the end, as text. */
  async text(): Promise<string> {
    return decoder.decode(await this.readAll());
  }

  async end(): Promise<void> {
    await this.conn.closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.conn.close();
    } catch {
      // The test has closed it.
    }
  }
}

/** JSON has no infinity and no bytes. `decode` of the server reads this. */
function encode(_key: string, value: unknown): unknown {
  if (value === Infinity) return "Infinity";
  return value instanceof Uint8Array ? { bytes: [...value] } : value;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
}

async function readAll(conn: Deno.Conn): Promise<Uint8Array> {
  let bytes = new Uint8Array(64 * 1024);
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    const count = await conn.read(bytes.subarray(length));
    if (count === null) return bytes.subarray(0, length);
    length += count;
  }
}
