import { assert, assertEquals } from "@std/assert";
import { Pool } from "npm:undici@7.30.2";
import { runtimes } from "../support/runtimes.ts";
import { type ParsedResponse, valuesOf } from "./strict_client.ts";
import { bytesOf, textOf } from "./vectors.ts";

/** A response that the strict parser accepted. */
export type Capture = Pick<
  ParsedResponse,
  "status" | "fields" | "body" | "trailers" | "raw" | "method" | "framing"
>;

/** A response as parsed by any client. */
interface Reading {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

/** Maximum number of requests at the same time. */
const CONCURRENCY = 16;

/**
 * Replays responses to the client of `node:http` in a Node process, and compares its results with the strict
 * parser.
 */
export async function assertNodeAgrees(captures: readonly Capture[]): Promise<void> {
  const node = runtimes().findLast(({ name }) => name.startsWith("node"));
  if (node === undefined) {
    return console.log("not compared: the run was narrowed to other runtimes than Node");
  }
  await using server = serveCaptures(captures);
  const script = decodeURIComponent(new URL("node_client.ts", import.meta.url).pathname);
  const [command, ...before] = node.command;
  const jobs = captures.map(({ method }) => method);
  const child = new Deno.Command(command!, {
    args: [...before, script, String(server.port), String(CONCURRENCY)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(jobs)));
  await writer.close();
  const { success, stdout } = await child.output();
  assert(success);
  const readings = JSON.parse(new TextDecoder().decode(stdout)) as (Reading | { error: string })[];
  assertEquals(readings.length, captures.length);
  readings.forEach((reading, index) => assertSame(captures[index]!, reading));
}

/** Replays responses to undici, and compares its results with the strict parser. */
export async function assertUndiciAgrees(captures: readonly Capture[]): Promise<void> {
  // undici has a separate function for CONNECT, and interprets the content-length of a 304 as the length of
  // its (empty) content.
  const readable = captures.filter((capture) =>
    capture.method !== "CONNECT" &&
    !(capture.status === 304 && valuesOf(capture, "content-length").length > 0)
  );
  assert(readable.length > 0);
  await using server = serveCaptures(readable);
  const pool = new Pool(`http://127.0.0.1:${server.port}`, { connections: CONCURRENCY, pipelining: 1 });
  await Promise.all(readable.map(async (capture, index) => {
    const { statusCode, headers, body, trailers } = await pool.request({
      method: requestMethod(capture),
      path: `/${index}`,
    });
    const content = textOf(new Uint8Array(await body.arrayBuffer()));
    assertSame(capture, {
      status: statusCode,
      fields: flat(headers),
      body: content,
      trailers: flat(trailers),
    });
  }));
  await pool.close();
}

function flat(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one!] as [string, string])
  );
}

/**
 * Lower-case `head` is a distinct method, but a client library converts it to HEAD; other methods make no
 * difference.
 */
function requestMethod({ method }: Capture): "GET" | "HEAD" | "CONNECT" {
  return method === "HEAD" || method === "CONNECT" ? method : "GET";
}

function assertSame(capture: Capture, reading: Reading | { error: string }): void {
  if ("error" in reading) throw new Error(`${reading.error}: ${JSON.stringify(capture.raw.slice(0, 400))}`);
  const lower = (fields: Capture["fields"]) => fields.map(([name, value]) => [name.toLowerCase(), value]);
  assertEquals(
    { ...reading, fields: lower(reading.fields), trailers: lower(reading.trailers) },
    {
      status: capture.status,
      fields: lower(capture.fields),
      body: capture.body,
      trailers: lower(capture.trailers),
    },
  );
}

/** Starts a server that responds to `/<index>` with the bytes of that capture and closes the connection. */
function serveCaptures(captures: readonly Capture[]): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) serveOne(conn, captures);
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
    },
  };
}

async function serveOne(conn: Deno.Conn, captures: readonly Capture[]): Promise<void> {
  const buffer = new Uint8Array(4096);
  let request = "";
  try {
    while (!request.includes("\r\n\r\n")) {
      const count = await conn.read(buffer);
      if (count === null) return;
      request += textOf(buffer.subarray(0, count));
    }
    const index = Number(/^[A-Z]+ [^ ]*?(\d+)(?::80)? /.exec(request)![1]);
    const bytes = bytesOf(captures[index]!.raw);
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    await conn.closeWrite();
    while (await conn.read(buffer) !== null);
  } finally {
    conn.close();
  }
}
