import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TlsInfo } from "../../src/http/tls_info.ts";
import { TestAuthority } from "../net/certificates.ts";
import { OpensslClient } from "../net/openssl.ts";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { testUsing } from "../support/skip.ts";
import { waysOf } from "../threads/ways.ts";
import type { TlsProgramOptions } from "./tls_program.ts";

const PROGRAM = new URL("./tls_program.ts", import.meta.url);

/** Connections that are made to meet every thread of a shared port. */
const CONNECTIONS = 8;

const ca = new TestAuthority();

Deno.test.afterAll(() => ca[Symbol.dispose]());

/** What the handler tells, and who the server said it was. */
interface Answer {
  readonly thread: number;
  readonly tls: Omit<TlsInfo, "peerCertificate"> & { readonly peerCertificate: string | null } | null;
  readonly bytes: number;
  readonly server: string | undefined;
}

for (const runtime of runtimes()) {
  testSharing(runtime, { threads: 1 }, "one thread");
  for (const accept of waysOf(runtime)) {
    if (accept !== "transfer") testSharing(runtime, { accept, threads: 2 }, accept);
  }
  testUnref(runtime, { threads: 1, tls: null }, "one thread");
  for (const accept of waysOf(runtime)) testUnref(runtime, { accept, threads: 2, tls: null }, accept);
}

function testSharing(runtime: Runtime, sharing: Omit<TlsProgramOptions, "tls">, way: string): void {
  const where = `(${runtime.name}, ${way})`;
  testUsing(["openssl"], `Request.tls tells what the handshake agreed upon ${where}`, async () => {
    const { cert, key } = await ca.issue("first.test");
    await using server = await start(runtime, { ...sharing, tls: { cert, key } });
    const { tls } = await ask(server, ["-servername", "first.test", "-alpn", "h2,http/1.1"]);
    const isDeno = runtime.name === "deno";
    assertEquals(tls, {
      protocol: isDeno ? null : "TLSv1.3",
      serverName: isDeno ? null : "first.test",
      alpnProtocol: "http/1.1",
      peerCertificate: null,
      authorized: false,
    });
  });

  testUsing(["openssl"], `Request.tls tells the certificate of the client ${where}`, async () => {
    const [{ cert, key }, root] = await Promise.all([ca.issue("first.test"), ca.root()]);
    const client = await ca.issue("client.test");
    const tls = { cert, key, ca: root.cert, requestCert: true };
    await using server = await start(runtime, { ...sharing, tls });
    const answer = await ask(server, ["-cert", client.certFile, "-key", client.keyFile]);
    assertEquals(answer.tls?.peerCertificate, "client.test");
    assertEquals(answer.tls?.authorized, true);
    assert(answer.bytes > 200, `${answer.bytes} bytes`);
  });

  testUsing(
    ["openssl"],
    `Listening.setCertificates() replaces the certificates for new connections ${where}`,
    async () => {
      const [first, second] = [await ca.issue("first.test"), await ca.issue("second.test")];
      await using server = await start(runtime, { ...sharing, tls: { cert: first.cert, key: first.key } });
      assertEquals(await servers(server), ["first.test"]);
      assertMatch(await replace(server, { cert: second.cert, key: first.key }), /^ListenError: /);
      assertMatch(await replace(server, { cert: second.cert }), /^TypeError: Cannot use option key/);
      assertEquals(await servers(server), ["first.test"]);
      assertEquals(await replace(server, { cert: second.cert, key: second.key }), "");
      assertEquals(await servers(server), ["second.test"]);
    },
  );

  testUsing(["openssl"], `Listening.setCertificates() rejects without TLS ${where}`, async () => {
    const { cert, key } = await ca.issue("first.test");
    await using server = await start(runtime, { ...sharing, tls: null });
    assertMatch(await replace(server, { cert, key }), /^TypeError: .*does not speak TLS/);
  });
}

function testUnref(runtime: Runtime, options: TlsProgramOptions, way: string): void {
  Deno.test(`Listening.unref() lets the process end (${runtime.name}, ${way})`, async () => {
    const [command, ...before] = runtime.command;
    const args = [
      ...before,
      decodeURIComponent(PROGRAM.pathname),
      JSON.stringify({ ...options, unref: true }),
    ];
    const process = new Deno.Command(command!, { args, stdin: "null", stdout: "piped" }).spawn();
    const timer = setTimeout(() => process.kill("SIGKILL"), 8000);
    const { code, signal } = await process.output();
    clearTimeout(timer);
    assertEquals([code, signal], [0, null]);
  });
}

async function start(runtime: Runtime, options: TlsProgramOptions): Promise<Fixture> {
  return await startFixture(runtime, PROGRAM, [JSON.stringify(options)]);
}

/** One request on a connection of its own. */
async function ask({ port }: Fixture, args: readonly string[]): Promise<Answer> {
  const client = new OpensslClient(port, ["-crlf", ...args]);
  for (const line of ["GET / HTTP/1.1", "host: a", "connection: close", ""]) await client.type(line);
  const text = await client.ended();
  const body = /^\{"thread".*\}/m.exec(text)?.[0];
  if (body === undefined) throw new Error(`No answer: ${text}`);
  return { ...JSON.parse(body), server: /^subject=.*CN ?= ?(\S+)/m.exec(text)?.[1] };
}

/** The names of the certificates that connections see. */
async function servers(server: Fixture): Promise<(string | undefined)[]> {
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(server, [])));
  return [...new Set(answers.map((answer) => answer.server))];
}

/** The error of `setCertificates()`; empty if there was none. */
async function replace({ stderr, nextLine }: Fixture, credentials: unknown): Promise<string> {
  const isControl = (line: string) => line.startsWith("control ");
  if (!stderr.some(isControl)) await nextLine(5000);
  const port = stderr.find(isControl)!.slice("control ".length);
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    body: JSON.stringify(credentials),
  });
  return await answer.text();
}
