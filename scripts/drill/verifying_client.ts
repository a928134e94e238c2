import { checksum } from "./checksum.ts";

/** Milliseconds within which a response must arrive. */
const PATIENCE = 15_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** Counters of the clients' requests and their results. */
export class Tally {
  sent = 0;
  answered = 0;
  /** Milliseconds of the slowest response. */
  slowest = 0;
  /** Number of lost requests by reason. */
  readonly losses = new Map<string, number>();

  /** Number of requests without the expected response. */
  get lost(): number {
    return Array.from(this.losses.values()).reduce((sum, count) => sum + count, 0);
  }

  /** Counts a request that was lost. */
  lose(reason: string): void {
    this.losses.set(reason, (this.losses.get(reason) ?? 0) + 1);
  }
}

/** Request and connection handling of a client. */
export interface ClientKind {
  readonly method: "GET" | "POST";
  /** `true` if connections are kept for further requests. */
  readonly keepAlive: boolean;
}

/**
 * Sends requests one after the other and compares each response with the expected one.
 *
 * @param port The balancer's port.
 * @param kind The kind of client.
 * @param tally Counts the requests.
 * @param until Ends the client.
 */
export async function verify(
  port: number,
  kind: ClientKind,
  tally: Tally,
  until: AbortSignal,
): Promise<void> {
  let conn: Deno.Conn | null = null;
  let isNew = true;
  while (!until.aborted) {
    const { request, expected } = makeRequest(kind);
    if (conn === null) {
      isNew = true;
      conn = await connect(port, until);
      if (conn === null) continue;
    }
    const started = performance.now();
    tally.sent++;
    try {
      const { answer, keeps } = await inTime(exchange(conn, request), conn);
      if (answer === expected) tally.answered++;
      else tally.lose(answer.slice(0, 40));
      isNew = false;
      if (!keeps) conn = close(conn);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tally.lose(`${isNew ? "new" : "kept"} connection: ${reason}`);
      conn = close(conn);
    }
    tally.slowest = Math.max(tally.slowest, performance.now() - started);
  }
  close(conn);
}

/** Connects, again and again while the connection is refused: nothing is lost by that. `null` at the end. */
async function connect(port: number, until: AbortSignal): Promise<Deno.Conn | null> {
  while (!until.aborted) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      const isRefused = error instanceof Deno.errors.ConnectionRefused ||
        error instanceof Deno.errors.ConnectionReset;
      if (!isRefused) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return null;
}

function close(conn: Deno.Conn | null): null {
  try {
    conn?.close();
  } catch {
    // The connection was closed at the time limit.
  }
  return null;
}

function makeRequest({ method, keepAlive }: ClientKind): { request: Uint8Array; expected: string } {
  const content = method === "GET" ? new Uint8Array(0) : randomBytes(Math.floor(Math.random() * 60_000));
  const head = encoder.encode(
    `${method} / HTTP/1.1\r\nHost: a\r\n${keepAlive ? "" : "Connection: close\r\n"}` +
      `${method === "GET" ? "" : `Content-Length: ${content.length}\r\n`}\r\n`,
  );
  const request = new Uint8Array(head.length + content.length);
  request.set(head);
  request.set(content, head.length);
  return { request, expected: method === "GET" ? "Hello, World!" : `${content.length} ${checksum(content)}` };
}

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Sends a request and reads the response: its content if the status is 200, otherwise its status line. */
async function exchange(conn: Deno.Conn, request: Uint8Array): Promise<{ answer: string; keeps: boolean }> {
  for (let sent = 0; sent < request.length;) sent += await conn.write(request.subarray(sent));
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(text === "" ? "closed without an answer" : "cut within an answer");
    text += decoder.decode(buffer.subarray(0, count));
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) continue;
    const head = text.slice(0, end + 2);
    const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? NaN);
    // Error pages of nginx have a length; those of HAProxy end with the connection.
    if (!head.startsWith("HTTP/1.1 200 ")) return { answer: head.slice(0, head.indexOf("\r")), keeps: false };
    if (text.length < end + 4 + length) continue;
    return { answer: text.slice(end + 4), keeps: !/^connection: close\r$/im.test(head) };
  }
}

/** Closes the connection if a response does not arrive in time. */
async function inTime<T>(answer: Promise<T>, conn: Deno.Conn): Promise<T> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    conn.close();
  }, PATIENCE);
  try {
    return await answer;
  } catch (error) {
    throw late ? new Error(`no answer in ${PATIENCE / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}
