import { assert, assertEquals } from "@std/assert";
import {
  ABORT,
  CONTENT,
  DATA,
  HANDLER_LEFT,
  INTERIM,
  UPGRADE,
  WANT,
} from "../../../src/threads/dispatch/messages.ts";
import { dispatchPair } from "./dispatch_pair.ts";
import { until } from "../pool_server.ts";

const POST = "POST / HTTP/1.1\r\nHost: a\r\n";
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("dispatch: content is not timed while the handler works at what it has", async () => {
  await using pair = await dispatchPair(async (req, res) => {
    const reader = req.body.getReader();
    const { value } = await reader.read();
    await sleep(400);
    const next = await reader.read();
    await res.send(`${value?.length} and ${next.value?.length}`);
  }, { receive: 100 });
  const client = pair.connect();
  client.send(`${POST}Content-Length: 5\r\n\r\n`);
  await until("the handler waits", () => pair.records.some(({ operation }) => operation === WANT));
  client.send("ab");
  await sleep(350);
  client.send("cde");
  await client.until("2 and 3");
  assertEquals(pair.errors, []);
});

Deno.test("dispatch: content is timed each time that the handler waits for it", async () => {
  await using pair = await dispatchPair(async (req, res) => {
    if (req.method === "PUT") await req.text();
    else for await (const _ of req.body) await sleep(1);
    res.send("unexpected");
  }, { receive: 100 });
  for (const method of ["PUT", "POST"]) {
    const client = pair.connect();
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\na`);
    for (let i = 0; i < 3; i++) {
      await sleep(60);
      client.send("x".repeat(100));
    }
    const stopped = performance.now();
    await client.until("HTTP/1.1 408");
    const elapsed = performance.now() - stopped;
    assert(elapsed > 90 && elapsed < 1000, `${method}: ${elapsed} ms`);
  }
  for (const error of pair.errors) assertEquals(String(error), "HttpError: The content took too long");
});

Deno.test("dispatch: the clock goes on while a handler works, and stops when none does", async () => {
  const { setInterval, clearInterval } = globalThis;
  const now = Date.now;
  const clocks = new Map<number, () => void>();
  globalThis.setInterval = ((callback: () => void) => clocks.set(clocks.size, callback).size - 1) as never;
  globalThis.clearInterval = ((id: number) => void clocks.delete(id)) as never;
  try {
    let answer = (): void => {};
    await using pair = await dispatchPair((_req, res) => {
      return new Promise((resolve) => answer = () => resolve(void res.send("late")));
    });
    const client = pair.connect();
    client.send(GET);
    await until("the handler is at it", () => pair.records.length > 0);
    await sleep(0);
    const later = now() + 60_000;
    Date.now = () => later;
    for (const tick of clocks.values()) tick();
    answer();
    await client.until("late");
    assertEquals(/date: (.*)\r\n/.exec(client.text)?.[1], new Date(later).toUTCString());
    client.end();
    await client.until(() => client.closed);
    for (const tick of [...clocks.values()]) tick();
    assertEquals(clocks.size, 0);
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
    Date.now = now;
  }
});

Deno.test("dispatch: a record that cannot be carried out costs the thread that handles no other", async () => {
  await using pair = await dispatchPair({
    async handle(req, res) {
      res.send(`${req.method} ${await req.text()}`);
    },
    get checkContinue(): never {
      throw new RangeError("nobody expects this");
    },
  });
  const [failing, cut, other] = [pair.connect(), pair.connect(), pair.connect()];
  failing.send(`${POST}Content-Length: 1\r\nExpect: 100-continue\r\n\r\n`);
  cut.send(`${POST}Content-Length: 5\r\n\r\na`);
  other.send(`${POST}Content-Length: 2\r\n\r\n`);
  const waiting = () => pair.records.filter(({ operation }) => operation === WANT);
  await until("two wait for content", () => new Set(waiting().map(({ exchange }) => exchange)).size === 2);
  await failing.until(() => failing.closed);
  assertEquals([failing.wasReset, failing.text], [false, ""]);
  const exchanges = new Set(pair.records.map(({ exchange }) => exchange));
  const [, second = -1, third = -1] = [...exchanges];
  pair.post("handler", [DATA, second, -1, DATA, third, new Uint8Array([111, 107]).buffer]);
  await cut.until(() => cut.closed);
  assertEquals([cut.wasReset, cut.text], [false, ""]);
  other.send("ok");
  await other.until("POST ok");
  assertEquals(pair.errors.map(String), [
    "RangeError: nobody expects this",
    "RangeError: Invalid typed array length: -1",
    "ConnectionClosedError: The connection was cut",
  ]);
});

Deno.test("dispatch: a record that cannot be carried out costs the thread that has the connections no other", async () => {
  const answers: (() => void)[] = [];
  await using pair = await dispatchPair((_req, res) => {
    return new Promise((resolve) => answers.push(() => resolve(void res.send("answered"))));
  });
  const [cut, other] = [pair.connect(), pair.connect()];
  cut.send(GET);
  other.send(GET);
  await until("both are handled", () => answers.length === 2);
  const [first = -1, second = -1] = pair.records.map(({ exchange }) => exchange);
  pair.post("acceptor", [CONTENT, first, -1, INTERIM, second, 102, null, 0]);
  await cut.until(() => cut.closed);
  assertEquals([cut.wasReset, cut.text], [false, ""]);
  await other.until("102");
  for (const answer of answers) answer();
  await other.until("answered");
  assertEquals(pair.errors.map(String), ["RangeError: Invalid typed array length: -1"]);
});

Deno.test("dispatch: a 100 is sent when the handler asks, unless something of the content came before", async () => {
  const asking: (() => void)[] = [];
  await using pair = await dispatchPair(async (req, res) => {
    await new Promise<void>((resolve) => asking.push(resolve));
    res.send(await req.text());
  });
  for (const begin of ["", "5\r\n", "5\r\nhe"]) {
    const client = pair.connect();
    client.send(`${POST}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n`);
    await until("the handler was called", () => asking.length > 0);
    client.send(begin);
    await sleep(10);
    assertEquals(client.text, "");
    asking.pop()!();
    if (begin === "") await client.until("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("5\r\nhello\r\n0\r\n\r\n".slice(begin.length));
    await client.until("\r\n\r\nhello");
    assertEquals(client.text.includes("HTTP/1.1 100"), begin === "", begin);
  }
});

Deno.test("dispatch: the credit of an upgraded connection does not count the content before", async () => {
  await using pair = await dispatchPair(async (req, res) => {
    await req.text();
    const { readable, writable } = await res.upgrade();
    await readable.pipeTo(writable);
  });
  const client = pair.connect();
  client.send(
    `${POST}Content-Length: 20000\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n${"x".repeat(20_000)}`,
  );
  await client.until("101");
  client.send("12345");
  await client.until("12345");
  const at = pair.records.findIndex(({ operation }) => operation === UPGRADE);
  const after = pair.records.slice(at).filter(({ operation }) => operation === WANT);
  assertEquals(after.map(({ operands }) => operands[0]), [5]);
});

Deno.test("dispatch: no 100 is sent where content came with the head", async () => {
  await using pair = await dispatchPair(async (req, res) => res.send(`got ${await req.text()}`));
  for (
    const [framing, content] of [["Content-Length: 3", "abc"], [
      "Transfer-Encoding: chunked",
      "3\r\nabc\r\n0\r\n\r\n",
    ]]
  ) {
    const client = pair.connect();
    client.send(`${POST}Expect: 100-continue\r\n${framing}\r\n\r\n${content}`);
    await client.until("got abc");
    assert(client.text.startsWith("HTTP/1.1 200 OK"), client.text);
  }
  const client = pair.connect();
  client.send(`${POST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`);
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  await client.until("got abc");
});

Deno.test("dispatch: bytes are the handler's again once their write has resolved", async () => {
  await using pair = await dispatchPair(async (_req, res) => {
    res.headers.set("content-length", "3000");
    const answer = res.start();
    const bytes = new Uint8Array(1000);
    for (const letter of "abc") {
      bytes.fill(letter.charCodeAt(0));
      await answer.write(bytes);
    }
  });
  const client = pair.connect();
  client.send(GET);
  await client.until(() => client.text.endsWith("c".repeat(1000)));
  assert(client.text.endsWith("a".repeat(1000) + "b".repeat(1000) + "c".repeat(1000)));
});

Deno.test("dispatch: an upgraded connection that its handler has left is the other thread's to close", async () => {
  await using pair = await dispatchPair(async (_req, res) => {
    const { readable, writable } = await res.upgrade();
    await readable.cancel();
    const writer = writable.getWriter();
    await writer.write(new Uint8Array(1000));
    await writer.close();
  });
  const client = pair.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  await client.until(() => client.ended);
  await until("the handler has left", () => pair.records.some(({ operation }) => operation === HANDLER_LEFT));
  assertEquals(pair.records.filter(({ operation }) => operation === ABORT), []);
  client.end();
  await client.until(() => client.closed);
});

Deno.test("dispatch: the server resets what would look like a whole response, and its handler is told why", async () => {
  for (const [line, reset] of [["GET / HTTP/1.0", true], ["GET / HTTP/1.1", false]] as const) {
    const gone = Promise.withResolvers<unknown>();
    const pair = await dispatchPair(async (req, res) => {
      const answer = res.start();
      await answer.write("partial");
      await new Promise((resolve) => req.signal.addEventListener("abort", resolve));
      gone.resolve(req.signal.reason);
    });
    const client = pair.connect();
    client.send(`${line}\r\nHost: a\r\n\r\n`);
    await client.until("partial");
    await pair[Symbol.asyncDispose]();
    assertEquals([client.ended, client.closed, client.wasReset], [false, true, reset], line);
    const why = "The server cut the connection: it is closing, and waits no longer";
    assertEquals(String(await gone.promise), `ConnectionClosedError: ${why}`);
  }
});

Deno.test("dispatch: a client that takes nothing of an upgraded connection that its handler has left is cut in time", async () => {
  await using pair = await dispatchPair(async (_req, res) => {
    const { readable, writable } = await res.upgrade();
    const writer = writable.getWriter();
    await Promise.all([readable.cancel(), writer.write(new Uint8Array(20_000)), writer.close()]);
  }, { send: 40 });
  const client = pair.connect({ window: 10_000 });
  client.pause();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  await until("it is cut", () => client.closed);
  assertEquals([client.ended, client.wasReset], [false, true]);
});
