import { assert, assertEquals } from "@std/assert";
import { chunk, head, LAST_CHUNK } from "../behaviour/raw_client.ts";
import { assertGrowth, IN_BETWEEN, isHeldBack, MIB } from "../support/flow.ts";
import { runtimes } from "../support/runtimes.ts";
import { PoolServer } from "./pool_server.ts";

/** Twice as much as the memory may grow. */
const TOTAL = 128 * MIB;

const OFFER = ["Connection: upgrade", "Upgrade: raw"];
const PIECE = new Uint8Array(256 * 1024).fill(121);

for (const runtime of runtimes()) {
  Deno.test(`dispatch holds back whoever is faster (${runtime.name})`, async (t) => {
    await using server = await PoolServer.start(runtime, {
      accept: "dispatch",
      threads: 2,
      server: { limits: { maxRequestBodySize: 2 * TOTAL } },
    });
    await t.step("content that is echoed passes at the pace of the slower side", () => echo(server));
    for (const path of ["/read-slowly", "/upgrade/slow"]) {
      await t.step(`a slow reader holds the client back (${path})`, () => sendToSlowReader(server, path));
    }
    for (const path of ["/write", "/upgrade/write"]) {
      await t.step(`a slow client holds the handler back (${path})`, () => readSlowly(server, path));
    }
    assertEquals(server.stderr, []);
  });
}

/** Sends until nothing is taken any more, then lets the handler read, and sends the rest. */
async function sendToSlowReader(server: PoolServer, path: string): Promise<void> {
  await server.control({ do: "set", counter: "released", value: 0 });
  await server.control({ do: "set", counter: "read", value: 0 });
  const raw = path.startsWith("/upgrade");
  const before = server.memory();
  using client = await server.connect();
  await client.send(raw ? head(`GET ${path}`, ...OFFER) : head(`POST ${path}`, `Content-Length: ${TOTAL}`));
  if (raw) await client.readHead();
  let sent = 0;
  let sending = Promise.resolve();
  do {
    sending = client.send(PIECE);
    sent += PIECE.length;
    assert(sent < IN_BETWEEN, `${sent} bytes were taken that nobody reads`);
  } while (!(await isHeldBack(sending)));
  assertGrowth(server, before);
  assertEquals((await server.report()).counters.read, 0);
  await server.control({ do: "set", counter: "released", value: 1 });
  await sending;
  for (; sent < TOTAL; sent += PIECE.length) {
    await client.send(PIECE);
    if (sent % (32 * MIB) === 0) assertGrowth(server, before);
  }
  if (raw) await client.end();
  if (raw) assertEquals(await client.readToEnd(), "");
  else assertEquals((await client.readResponse()).text, String(TOTAL));
  assertEquals((await server.report()).counters.read, TOTAL);
  assertGrowth(server, before);
}

/** Lets the handler write until it has to wait, then takes everything. */
async function readSlowly(server: PoolServer, path: string): Promise<void> {
  await server.control({ do: "set", counter: "written", value: 0 });
  await server.control({ do: "set", counter: "settled", value: 0 });
  const raw = path.startsWith("/upgrade");
  const before = server.memory();
  using client = await server.connect();
  await client.send(head(`GET ${path}?${TOTAL / 65536}`, ...(raw ? OFFER : [])));
  await client.readHead();
  let written = -1;
  await server.reported("the handler waits", ({ counters }) => {
    const stands = counters.written === written && written > 0;
    written = counters.written;
    return stands;
  });
  assert(written < IN_BETWEEN, `${written} bytes were taken for a client that does not read`);
  assertGrowth(server, before);
  let received = 0;
  for (let piece = await client.read(TOTAL); piece !== null; piece = await client.read(TOTAL)) {
    received += piece.length;
    // Without the framing of chunks there is nothing but the content.
    if (!raw && received >= TOTAL && endsWithLastChunk(piece)) break;
  }
  if (raw) assertEquals(received, TOTAL);
  else assertEquals(received, TOTAL + (TOTAL / 65536) * "10000\r\n\r\n".length + LAST_CHUNK.length);
  await server.reported("the handler has settled", ({ counters }) => counters.settled === 1);
  assertGrowth(server, before);
}

function endsWithLastChunk(piece: Uint8Array): boolean {
  return new TextDecoder().decode(piece.subarray(-LAST_CHUNK.length)) === LAST_CHUNK;
}

async function echo(server: PoolServer): Promise<void> {
  const before = server.memory();
  using client = await server.connect();
  await client.send(head("POST /echo", "Transfer-Encoding: chunked"));
  const rounds = TOTAL / PIECE.length;
  const size = `${PIECE.length.toString(16)}\r\n`;
  const sending = (async () => {
    for (let i = 0; i < rounds; i++) {
      await client.send(size);
      await client.send(PIECE);
      await client.send("\r\n");
    }
    await client.send(chunk("the last") + LAST_CHUNK);
  })();
  await client.readHead();
  let content = 0;
  for (let length = -1; length !== 0;) {
    length = parseInt(await client.readLine(), 16);
    if (length > 0) content += (await client.readExactly(length)).length;
    assertEquals(await client.readLine(), "");
  }
  await sending;
  assertEquals(content, TOTAL + "the last".length);
  assertGrowth(server, before);
}
