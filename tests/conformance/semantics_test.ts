/**
 * What takes more than bytes in and bytes out: several steps, time, handlers that do odd things, clients that vanish. Each
 * case runs under every runtime.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { readAhead } from "./conformance_runner.ts";
import { assertNodeAgrees, assertUndiciAgrees, type Capture } from "./other_parsers.ts";
import { assertTable } from "./readme_table.ts";
import { get, LAST, post, SemanticsContext } from "./semantics_context.ts";
import { assertRejection, type ParsedResponse, valuesOf } from "./strict_client.ts";
import { Wire } from "./wire.ts";

/** By the name of a runtime: why the server cannot do there what a case asks for. */
type Gaps = Readonly<Record<string, string>>;

interface SemanticsCase {
  readonly section: string;
  readonly name: string;
  readonly run: (context: SemanticsContext) => Promise<void>;
  readonly gaps: Gaps;
}

const cases: SemanticsCase[] = [];
let section = "";

/** Adds a case to the current section. */
function check(name: string, run: (context: SemanticsContext) => Promise<void>, gaps: Gaps = {}): void {
  cases.push({ section, name, run, gaps });
}

/** The final responses: statuses and contents. */
function answers(responses: readonly ParsedResponse[]): [number, string][] {
  return responses.filter(({ status }) => status >= 200).map(({ status, body }) => [status, body]);
}

function statuses(responses: readonly ParsedResponse[]): number[] {
  return responses.map(({ status }) => status);
}

const KIB = 1024;
const EXPECT = "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n";

section = "Expect: 100-continue";

check("100 comes when the handler asks for the content, not before", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\n`);
  await context.until(id, "called");
  assertEquals(wire.received, "");
  await context.open(id);
  await wire.until("HTTP/1.1 100 Continue\r\n\r\n");
  await wire.send("hello");
  const responses = context.parse(await wire.untilEnd(), "POST");
  assertEquals(responses.map(({ status, body, fields }) => [status, body, fields.length > 0]), [
    [100, "", false],
    [200, "hello", true],
  ]);
});

check("100 is sent once, for a chunked body too", async (context) => {
  using wire = await context.connect();
  await wire.send(
    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
  );
  await wire.until("100 Continue");
  await wire.send("5\r\nhello\r\n");
  await wire.send("0\r\n\r\n");
  assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [100, 200]);
});

check(
  "no 100 where the handler never asks: the connection ends, and content that comes all the same is not a request",
  async (context) => {
    using wire = await context.connect();
    await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 35\r\n\r\n");
    await wire.until("unread");
    await wire.send("GET /hello HTTP/1.1\r\nHost: smuggle\r\n\r\n");
    const [response, ...others] = context.parse(await wire.untilEnd(), "POST");
    assertEquals([response!.status, response!.body], [200, "unread"]);
    assertEquals(valuesOf(response!, "connection"), ["close"]);
    assertEquals(others, []);
  },
);

check("no 100 to HTTP/1.0", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(`POST /gated-read?${id} HTTP/1.0\r\n${EXPECT}\r\n`);
  await context.open(id);
  await context.until(id, "reading");
  await wire.send("hello");
  assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
});

check("no 100 where the content has begun to arrive", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\nhe`);
  await context.until(id, "called");
  await context.open(id);
  await context.until(id, "reading");
  await wire.send("llo");
  assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
});

check("no 100 without the expectation", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(
    `POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`,
  );
  await context.open(id);
  await context.until(id, "reading");
  await wire.send("hello");
  assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
});

check("an unknown expectation gets 417, and no handler", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\n`);
  const [response] = context.parse(await wire.untilEnd(), "POST");
  assertEquals(response!.status, 417);
  assertEquals(await context.events(id), []);
});

check(
  "checkContinue refuses with another status: no 100, no handler, and the connection ends",
  async (context) => {
    const id = context.id();
    using wire = await context.connect("checking");
    await wire.send(
      `POST /unread?${id} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    );
    const [response, ...others] = context.parse(await wire.untilEnd(), "POST");
    assertEquals([response!.status, response!.body, others.length], [401, "", 0]);
    assertEquals(valuesOf(response!, "connection"), ["close"]);
    assertEquals(await context.events(id), ["checked POST 5"]);
  },
);

check("checkContinue lets a request pass: 100 when the handler asks", async (context) => {
  const id = context.id();
  using wire = await context.connect("checking");
  await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\n`);
  assertEquals(await context.until(id, "called"), ["checked POST 5", "called"]);
  assertEquals(wire.received, "");
  await context.open(id);
  await wire.until("100 Continue");
  await wire.send("hello");
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "hello"]]);
});

check("checkContinue is asked about no other request", async (context) => {
  const id = context.id();
  const responses = await context.exchange(
    post(`/read?${id}`, "hello") + get(`/hello?${id}`, "Expect: 100-continue\r\n") +
      `POST /read?${id} HTTP/1.0\r\n${EXPECT}\r\nhello`,
    "POST GET POST",
    { server: "checking" },
  );
  assertEquals(answers(responses), [[200, "5"], [200, "hello"], [200, "5"]]);
  assertEquals((await context.events(id)).filter((event) => event.startsWith("checked")), []);
});

check("checkContinue that throws gets a bare 500", async (context) => {
  const [response] = await context.exchange(
    `POST /throw HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    "POST",
    { server: "checking" },
  );
  assertEquals([response!.status, response!.body], [500, ""]);
});

section = "Pipelining and persistence";

check(
  "a request is parsed when the response before it is complete, and answered in order",
  async (context) => {
    const [first, second] = [context.id(), context.id()];
    using wire = await context.connect();
    await wire.send(get(`/gated?${first}`) + get(`/gated?${second}`) + LAST);
    await context.until(first, "called");
    await context.open(second);
    assertEquals(await context.events(second), []);
    assertEquals(wire.received, "");
    await context.open(first);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET GET")), [
      [200, first],
      [200, second],
      [200, "hello"],
    ]);
  },
);

check("all answers of asynchronous handlers arrive", async (context) => {
  const responses = await context.exchange(
    get("/delayed") + get("/delayed") + post("/echo", "abc") + LAST,
    "GET GET POST GET",
  );
  assertEquals(answers(responses), [[200, "delayed"], [200, "delayed"], [200, "abc"], [200, "hello"]]);
});

check("1,000 pipelined requests are all answered", async (context) => {
  const responses = await context.exchange(get("/hello").repeat(999) + LAST, "GET");
  assertEquals(responses.length, 1000);
  assert(responses.every(({ body }) => body === "hello"));
});

check("streamed and whole answers follow each other", async (context) => {
  const paths = ["/streamed", "/hello", "/stream", "/blob", "/streamed-length", "/empty"];
  const responses = await context.exchange(paths.map((path) => get(path)).join("") + LAST, "GET");
  assertEquals(answers(responses), [
    [200, "streamed"],
    [200, "hello"],
    [200, "stream"],
    [200, "blob"],
    [200, "hello"],
    [200, ""],
    [200, "hello"],
  ]);
  assertEquals(responses.map(({ framing }) => framing), [
    "chunked",
    "length",
    "chunked",
    "length",
    "length",
    "length",
    "length",
  ]);
});

check("the first answer survives what follows a close, with an asynchronous handler", async (context) => {
  const responses = await context.exchange(
    get("/delayed", "Connection: close\r\n") + get("/hello") + "\0\0garbage",
    "GET",
  );
  assertEquals(answers(responses), [[200, "delayed"]]);
});

check("a malformed request behind an asynchronous answer is rejected after it", async (context) => {
  const responses = await context.exchange(
    get("/delayed") + "GET / HTTP/1.1\r\n\r\n" + get("/hello"),
    "GET GET",
  );
  assertEquals(statuses(responses), [200, 400]);
});

check("the handler's own connection: close ends the connection", async (context) => {
  const responses = await context.exchange(get("/close") + get("/hello"), "GET");
  assertEquals(answers(responses), [[200, "closing"]]);
  assertEquals(valuesOf(responses[0]!, "connection"), ["close"]);
});

check(
  "a client that closes its half behind the request is answered, however long that takes",
  async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(get("/hello") + get(`/gated?${id}`));
    await wire.endSending();
    await context.until(id, "called");
    await context.open(id);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "hello"], [200, id]]);
  },
);

check("a client that closes its half gets a streamed answer in full", async (context) => {
  using wire = await context.connect();
  await wire.send(get("/big"));
  await wire.endSending();
  const [response] = context.parse(await wire.untilEnd(), "GET");
  assertEquals(response!.body.length, 32 * 64 * KIB);
});

check("a client that reads late gets everything", async (context) => {
  using wire = await context.connect("default", { reading: false });
  await wire.send(get("/big") + get("/big") + LAST);
  await new Promise((resolve) => setTimeout(resolve, 100));
  wire.read();
  const sizes = context.parse(await wire.untilEnd(), "GET GET GET").map(({ body }) => body.length);
  assertEquals(sizes, [32 * 64 * KIB, 32 * 64 * KIB, 5]);
});

section = "Content that nobody reads";

check("256 KiB that come after the answer are dropped, and the connection goes on", async (context) => {
  using wire = await context.connect();
  await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${256 * KIB}\r\n\r\n`);
  await wire.until("unread");
  await wire.send("z".repeat(256 * KIB) + LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"], [200, "hello"]]);
});

check("one byte more, and the answer announces the end of the connection", async (context) => {
  using wire = await context.connect();
  await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${256 * KIB + 1}\r\n\r\n`);
  await wire.until("unread");
  await wire.send("z".repeat(256 * KIB + 1) + LAST);
  const responses = context.parse(await wire.untilEnd(), "POST GET");
  assertEquals(answers(responses), [[200, "unread"]]);
  assertEquals(valuesOf(responses[0]!, "connection"), ["close"]);
});

check("the answer reaches a client that is still sending 1 MiB", async (context) => {
  using wire = await context.connect("default", { reading: false });
  const size = KIB * KIB;
  await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  for (let sent = 0; sent < size; sent += 64 * KIB) await wire.send("z".repeat(64 * KIB));
  wire.read();
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "unread"]]);
  assertEquals(wire.ended, "closed");
});

check("chunks are dropped up to 256 KiB, then the connection ends", async (context) => {
  using wire = await context.connect();
  await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await wire.until("unread");
  for (let sent = 0; sent < 320 && wire.ended === null; sent++) {
    await wire.send("400\r\n" + "z".repeat(KIB) + "\r\n");
  }
  await wire.send("0\r\n\r\n" + LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"]]);
});

check("chunks below 256 KiB are dropped with their trailers, and the connection goes on", async (context) => {
  using wire = await context.connect();
  await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await wire.until("unread");
  await wire.send(("400\r\n" + "z".repeat(KIB) + "\r\n").repeat(200) + "0\r\nX: y\r\n\r\n" + LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"], [200, "hello"]]);
});

check("malformed content that comes after the answer ends the connection", async (context) => {
  using wire = await context.connect();
  await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await wire.until("unread");
  await wire.send("x\r\n\r\n" + LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"]]);
});

check("the next request waits until the content before it has come", async (context) => {
  using wire = await context.connect();
  await wire.send("GET /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n");
  await wire.until("unread");
  await wire.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n" + LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "unread"], [200, "hello"]]);
});

section = "Responses without content, and lengths";

check("HEAD keeps the length that GET has, and no content", async (context) => {
  const [head, whole] = await context.exchange(
    "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + LAST,
    "HEAD GET",
  );
  assertEquals([valuesOf(head!, "content-length"), head!.body], [["5"], ""]);
  assertEquals(whole!.body, "hello");
});

check("HEAD keeps the length that it was told, with nothing written", async (context) => {
  for (const path of ["/head-length", "/streamed-head-length"]) {
    const responses = await context.exchange(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n` + LAST, "HEAD GET");
    assertEquals(valuesOf(responses[0]!, "content-length"), ["12345"], path);
    assertEquals(answers(responses), [[200, ""], [200, "hello"]]);
  }
});

check("HEAD drops what a streaming handler writes", async (context) => {
  for (const path of ["/streamed", "/stream", "/blob", "/streamed-length", "/trailers"]) {
    const responses = await context.exchange(
      `HEAD ${path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n` + LAST,
      "HEAD GET",
    );
    assertEquals(answers(responses), [[200, ""], [200, "hello"]], path);
  }
});

check("HEAD over HTTP/1.0 has no content either", async (context) => {
  for (const path of ["/hello", "/streamed"]) {
    assertEquals(answers(await context.exchange(`HEAD ${path} HTTP/1.0\r\n\r\n`, "HEAD")), [[200, ""]], path);
  }
});

for (const status of [204, 304]) {
  for (const how of ["send", "write", "stream", "length", "empty"]) {
    check(`${status} has no content: ${how}`, async (context) => {
      const responses = await context.exchange(get(`/status/${status}?${how}`) + LAST, "GET GET");
      // That a length which nothing of the kind follows is refused is as good.
      const [first, last] = answers(responses);
      assert(first![0] === status || (how === "length" && first![0] === 500), `${first}`);
      assertEquals([first![1], last], ["", [200, "hello"]]);
      if (status === 204) assertEquals(valuesOf(responses[0]!, "content-length"), []);
      assertEquals(valuesOf(responses[0]!, "transfer-encoding"), []);
    });
  }
}

check("205 has no content", async (context) => {
  for (const how of ["send", "write", "empty"]) {
    const responses = await context.exchange(get(`/status/205?${how}`) + LAST, "GET GET");
    assertEquals(answers(responses), [[205, ""], [200, "hello"]], how);
  }
});

check("other statuses keep their content", async (context) => {
  for (const status of [200, 201, 203, 206, 300, 301, 400, 404, 418, 499, 500, 503, 599]) {
    const responses = await context.exchange(get(`/status/${status}?send`) + LAST, "GET GET");
    assertEquals(answers(responses), [[status, "content"], [200, "hello"]]);
  }
});

check("an untouched response is finished with an empty content", async (context) => {
  const responses = await context.exchange(get("/empty") + LAST, "GET GET");
  assertEquals(valuesOf(responses[0]!, "content-length"), ["0"]);
});

check("more than the content-length throws and is not sent", async (context) => {
  const id = context.id();
  const responses = await context.exchange(get(`/more?${id}`) + LAST, "GET GET");
  assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
  assertEquals(await context.events(id), ["ResponseError"]);
});

check("fewer than the content-length cuts the connection, and pads nothing", async (context) => {
  using wire = await context.connect();
  await wire.send(get("/fewer") + LAST);
  const received = await wire.untilEnd();
  assert(received.endsWith("\r\n\r\nhel"), received);
  assertThrows(() => context.parse(received, "GET"), Error, "2 bytes short");
});

check("a content-length other than that of what is sent throws, and nothing is sent", async (context) => {
  const id = context.id();
  const responses = await context.exchange(get(`/send-mismatch?${id}`) + LAST, "GET GET");
  assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
  assertEquals(await context.events(id), ["ResponseError"]);
});

check(
  "a malformed content-length or an unknown transfer-encoding throws, and nothing is sent",
  async (context) => {
    for (const path of ["/bad-length", "/bad-coding"]) {
      const id = context.id();
      const responses = await context.exchange(get(`${path}?${id}`) + LAST, "GET GET");
      assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
      const events = await context.events(id);
      assertEquals([...new Set(events)], ["ResponseError"], path);
    }
  },
);

check("a handler that throws gets a bare 500, and its message stays inside", async (context) => {
  for (const path of ["/throw", "/reject"]) {
    const responses = await context.exchange(get(path) + LAST, "GET GET");
    assertEquals(answers(responses), [[500, ""], [200, "hello"]]);
    assert(!responses[0]!.raw.includes("secret"));
  }
  assert((await context.ask("/errors")).includes("Deliberate: secret"));
});

check("a handler that throws in the middle leaves a response that is visibly incomplete", async (context) => {
  using wire = await context.connect();
  await wire.send(get("/throw-late"));
  const received = await wire.untilEnd();
  assert(received.includes("\r\n4\r\nsome\r\n"), received);
  assertThrows(() => context.parse(received, "GET"), Error);
});

section = "HTTP/1.0";

check("content of unknown length is ended by the connection, never chunked", async (context) => {
  for (const [path, body] of [["/streamed", "streamed"], ["/stream", "stream"]]) {
    for (const fields of ["", "Connection: keep-alive\r\n"]) {
      const [response] = await context.exchange(`GET ${path} HTTP/1.0\r\n${fields}\r\n`, "GET", {
        closeDelimited: true,
      });
      assertEquals([response!.framing, response!.body], ["close", body]);
      assertEquals(valuesOf(response!, "connection"), ["close"]);
    }
  }
});

check("content of known length keeps the connection, if asked to", async (context) => {
  const keep = "Connection: keep-alive\r\n";
  const responses = await context.exchange(
    `GET /streamed-length HTTP/1.0\r\n${keep}\r\nGET /blob HTTP/1.0\r\n${keep}\r\nGET /hello HTTP/1.0\r\n\r\n`,
    "GET GET GET",
  );
  assertEquals(answers(responses), [[200, "hello"], [200, "blob"], [200, "hello"]]);
  assertEquals(responses.map((response) => valuesOf(response, "connection")), [
    ["keep-alive"],
    ["keep-alive"],
    ["close"],
  ]);
});

check("trailers and interim responses are not sent", async (context) => {
  const [response] = await context.exchange("GET /trailers HTTP/1.0\r\nTE: trailers\r\n\r\n", "GET", {
    closeDelimited: true,
  });
  assertEquals([response!.body, response!.framing], ["body", "close"]);
  assertEquals(answers(await context.exchange("GET /early-hints HTTP/1.0\r\n\r\n")), [[200, "hinted"]]);
  assertEquals(statuses(await context.exchange("GET /early-hints HTTP/1.0\r\n\r\n")), [200]);
});

check("an upgrade is not offered", async (context) => {
  const id = context.id();
  const responses = await context.exchange(
    `GET /never-offered?${id} HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`,
  );
  assertEquals(answers(responses), [[200, "declined"]]);
  assertEquals(await context.events(id), ["ResponseError"]);
});

section = "1xx and trailers";

check("early hints come before the response, as many as there are", async (context) => {
  const responses = await context.exchange(get("/early-hints") + LAST, "GET GET");
  assertEquals(statuses(responses), [103, 103, 200, 200]);
  assertEquals(responses.slice(0, 2).map((response) => valuesOf(response, "link")), [
    ["</a.css>; rel=preload"],
    ["</b.css>; rel=preload"],
  ]);
});

check("a 1xx that is none, or that is framed, throws", async (context) => {
  const id = context.id();
  assertEquals(answers(await context.exchange(get(`/bad-informational?${id}`) + LAST, "GET GET")), [
    [200, "hello"],
    [200, "hello"],
  ]);
  const events = await context.events(id);
  assertEquals(events, [...Array(5).fill("RangeError"), "ResponseError"]);
});

check("trailers go to a client that said TE: trailers, in a chunked response", async (context) => {
  for (const te of ["trailers", "Trailers", "deflate;q=0.5, trailers", "gzip,trailers;q=1"]) {
    const [response] = await context.exchange(get("/trailers", `TE: ${te}\r\n`) + LAST, "GET GET");
    assertEquals([response!.framing, response!.body], ["chunked", "body"]);
    assertEquals(response!.trailers, [["x-sum", "42"], ["X-Other", "a"]], te);
  }
});

check("trailers go to no other client", async (context) => {
  for (const fields of ["", "TE: gzip\r\n", "TE:\r\n", "TE: xtrailers\r\n", "X-TE: trailers\r\n"]) {
    const responses = await context.exchange(get("/trailers", fields) + LAST, "GET GET");
    assertEquals(answers(responses), [[200, "body"], [200, "hello"]]);
    assertEquals(responses[0]!.trailers, [], fields);
  }
});

check("forbidden and malformed trailers throw, and are not sent", async (context) => {
  const id = context.id();
  const responses = await context.exchange(
    get(`/forbidden-trailers?${id}`, "TE: trailers\r\n") + LAST,
    "GET GET",
  );
  assertEquals(answers(responses), [[200, "body"], [200, "hello"]]);
  assertEquals(responses[0]!.trailers, []);
  const events = await context.events(id);
  assertEquals([events.length, events.includes("done")], [15, false]);
});

section = "Fields of the response";

check(
  "names, values and statuses that could split the message throw, and nothing is sent",
  async (context) => {
    const id = context.id();
    const responses = await context.exchange(get(`/bad-headers?${id}`) + LAST, "GET GET");
    assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
    assert(!responses[0]!.raw.includes("x-bad"), responses[0]!.raw);
    const events = await context.events(id);
    assertEquals([events.length, events.includes("done")], [9 * 5 + 5 + 8, false]);
  },
);

check("__proto__ and constructor are fields like any other", async (context) => {
  const [response] = await context.exchange(get("/proto") + LAST, "GET GET");
  assertEquals(
    ["__proto__", "constructor", "set-cookie"].map((name) => valuesOf(response!, name)),
    [["a"], ["b"], ["c=1", "d=2"]],
  );
});

check("date is there once, also where the handler set it", async (context) => {
  const responses = await context.exchange(get("/own-date") + get("/streamed") + LAST, "GET GET GET");
  assertEquals(responses.map((response) => valuesOf(response, "date").length), [1, 1, 1]);
  assertEquals(valuesOf(responses[0]!, "x-own-date"), ["yes"]);
});

section = "Upgrade and CONNECT";

const UPGRADE = "Connection: upgrade\r\nUpgrade: echo\r\n";

check("an upgrade is accepted with 101, and what came early is not lost", async (context) => {
  using wire = await context.connect();
  await wire.send(get("/upgrade", UPGRADE) + "early");
  await wire.until("early");
  await wire.send(" and late");
  await wire.until("early and late");
  await wire.endSending();
  const received = await wire.untilEnd();
  const [head, raw] = received.split("\r\n\r\n") as [string, string];
  assertMatch(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assertMatch(head, /\r\nconnection: upgrade(?:\r\n|$)/i);
  assertMatch(head, /\r\nupgrade: echo(?:\r\n|$)/i);
  assert(!/content-length|transfer-encoding/i.test(head), head);
  assertEquals(raw, "early and late");
});

check("bytes behind the head wait until the handler accepts", async (context) => {
  const [id, behind] = [context.id(), context.id()];
  const early = get(`/unread?${behind}`);
  using wire = await context.connect();
  await wire.send(get(`/upgrade?${id}`, UPGRADE) + early);
  await context.until(id, "called");
  assertEquals(wire.received, "");
  await context.open(id);
  await wire.until(early);
  await wire.endSending();
  assert((await wire.untilEnd()).endsWith("\r\n\r\n" + early));
  assertEquals(await context.events(behind), []);
});

check("bytes behind the head are the next request once the handler declines", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(get(`/late-decline?${id}`, UPGRADE) + LAST);
  await context.until(id, "called");
  assertEquals(wire.received, "");
  await context.open(id);
  assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "declined"], [200, "hello"]]);
});

check("what was not offered cannot be accepted", async (context) => {
  for (
    const fields of [
      "",
      "Connection: upgrade\r\n",
      "Upgrade: echo\r\n",
      "Connection: close\r\nUpgrade: echo\r\n",
    ]
  ) {
    const id = context.id();
    const last = fields.includes("close") ? "" : LAST;
    const responses = await context.exchange(get(`/never-offered?${id}`, fields) + last, "GET GET");
    assertEquals(answers(responses)[0], [200, "declined"]);
    assertEquals(await context.events(id), ["ResponseError"]);
  }
});

check("CONNECT is accepted with 200, and what came early is not lost", async (context) => {
  using wire = await context.connect();
  await wire.send("CONNECT a:2 HTTP/1.1\r\nHost: a:2\r\n\r\nearly");
  await wire.until("early");
  await wire.send(" and late");
  await wire.until("early and late");
  await wire.endSending();
  const received = await wire.untilEnd();
  const [head, raw] = received.split("\r\n\r\n") as [string, string];
  assertMatch(head, /^HTTP\/1\.1 200 /);
  assert(!/content-length|transfer-encoding/i.test(head), head);
  assertEquals(raw, "early and late");
});

check(
  "CONNECT with a handler that does not upgrade gets no success, and the connection ends",
  async (context) => {
    for (
      const [port, allowed] of [["1", [405, 501]], ["3", [405, 501]], ["4", [403]], ["5", [
        405,
        500,
        501,
      ]]] as const
    ) {
      const [response, ...others] = await context.exchange(
        `CONNECT a:${port} HTTP/1.1\r\nHost: a:${port}\r\n\r\n` + LAST,
        "CONNECT GET",
      );
      assert((allowed as readonly number[]).includes(response!.status), `${port}: ${response!.status}`);
      assertEquals([valuesOf(response!, "connection"), others.length], [["close"], 0], port);
    }
  },
);

section = "Clients that vanish";

check("signal aborts when the client closes before the response is finished", async (context) => {
  const id = context.id();
  const wire = await context.connect();
  await wire.send(get(`/signal?${id}`));
  await context.until(id, "called");
  wire.close();
  const events = await context.until(id, "aborted ConnectionClosedError");
  assertEquals(events.filter((event) => event.startsWith("aborted")).length, 1);
});

check(
  "signal aborts and writes reject when the client resets in the middle of a response",
  async (context) => {
    const id = context.id();
    const wire = await context.connect("default", { reading: false });
    await wire.send(get(`/flood?${id}`));
    await context.until(id, "called");
    await context.until(`${id}-size`, "65536");
    // Unread bytes make this a reset.
    wire.close();
    await context.until(id, "write ConnectionClosedError");
    assert((await context.events(id)).includes("aborted"));
  },
);

check("signal never aborts after a success", async (context) => {
  const [first, second] = [context.id(), context.id()];
  const responses = await context.exchange(
    get(`/signal-after?${first}`) + post(`/signal-after-body?${second}`, "hello", "Connection: close\r\n"),
    "GET POST",
  );
  assertEquals(answers(responses), [[200, "fine"], [200, "hello"]]);
  await context.until(second, "answered");
  assertEquals(await context.events(first), ["called"]);
  assertEquals(await context.events(second), ["answered"]);
});

check(
  "the body fails when the client closes in the middle of the content, and a 400 is sent",
  async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`);
    await context.until(id, "called");
    await wire.endSending();
    const [response] = context.parse(await wire.untilEnd(), "POST");
    assertEquals(response!.status, 400);
    assertRejection(response!, /content|body/i);
    assertEquals(await context.events(id), ["called", "HttpError"]);
  },
);

check("the body fails when the client resets in the middle of the content", async (context) => {
  const id = context.id();
  const wire = await context.connect("default", { reading: false });
  await wire.send(
    get("/hello") + `POST /read-stream?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`,
  );
  await context.until(id, "first bytes");
  // The first answer is unread, so this is a reset.
  wire.close();
  const events = await Promise.any([
    context.until(id, "ConnectionClosedError"),
    context.until(id, "HttpError"),
  ]);
  assertEquals(events.length, 3);
});

check("a client that resets in the middle of a head leaves nothing behind", async (context) => {
  const wire = await context.connect("default", { reading: false });
  await wire.send(get("/hello") + "GET /hello HT");
  wire.close();
  assertEquals(await context.ask("/hello"), "hello");
});

check("a response stream is cancelled when the client goes away", async (context) => {
  const id = context.id();
  const wire = await context.connect("default", { reading: false });
  await wire.send(get(`/pulled?${id}`));
  await context.until(`${id}-pulls`, "pull");
  wire.close();
  await context.until(id, "cancelled");
});

check("a response stream is pulled only as the client takes it", async (context) => {
  const id = context.id();
  const wire = await context.connect("default", { reading: false });
  await wire.send(get(`/pulled?${id}`));
  let pulls = 0;
  // The operating system's buffers are filled when a while brings no further pull.
  for (let quiet = 0; quiet < 10;) {
    const now = (await context.events(`${id}-pulls`)).length;
    quiet = now === pulls && now > 0 ? quiet + 1 : 0;
    pulls = now;
    assert(pulls * 64 * KIB < 64 * KIB * KIB, `${pulls} pieces of 64 KiB were taken from the stream`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  wire.close();
  await context.until(id, "cancelled");
});

section = "Rejections reach the client";

const BAD_HEAD = "GET / HTTP/1.1\r\nHost: a b\r\n\r\n";

check("while it sends 1 MiB and does not read", async (context) => {
  using wire = await context.connect("default", { reading: false });
  await wire.send(BAD_HEAD);
  for (let sent = 0; sent < 16; sent++) await wire.send(new Uint8Array(64 * KIB));
  wire.read();
  const [response] = context.parse(await wire.untilEnd(), "GET");
  assertEquals([response!.status, wire.ended], [400, "closed"]);
  assertRejection(response!, /host/i);
});

check("while it sends 1 MiB in small pieces and reads", async (context) => {
  using wire = await context.connect();
  await wire.send(BAD_HEAD);
  for (let sent = 0; sent < 1024; sent++) await wire.send(new Uint8Array(KIB));
  const [response] = context.parse(await wire.untilEnd(), "GET");
  assertEquals([response!.status, wire.ended], [400, "closed"]);
});

check("while it sends a body that was announced as too large", async (context) => {
  using wire = await context.connect("default", { reading: false });
  await wire.send(`POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 31}\r\n\r\n`);
  for (let sent = 0; sent < 16; sent++) await wire.send(new Uint8Array(64 * KIB));
  wire.read();
  const [response] = context.parse(await wire.untilEnd(), "POST");
  assertEquals([response!.status, wire.ended], [413, "closed"]);
});

check("while it sends a head without end", async (context) => {
  using wire = await context.connect("default", { reading: false });
  await wire.send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (let sent = 0; sent < 1024; sent++) await wire.send("X: " + "y".repeat(1019) + "\r\n");
  wire.read();
  const [response] = context.parse(await wire.untilEnd(), "GET");
  assertEquals([response!.status, wire.ended], [431, "closed"]);
});

check("in the middle of content that the handler reads", async (context) => {
  const id = context.id();
  using wire = await context.connect();
  await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
  await context.until(id, "called");
  await wire.send("5\r\nhelloX\n0\r\n\r\n" + LAST);
  const [response, ...others] = context.parse(await wire.untilEnd(), "POST GET");
  assertEquals([response!.status, others.length], [400, 0]);
  assertRejection(response!, /chunk/i);
  assertEquals(await context.events(id), ["called", "HttpError"]);
});

section = "Timeouts";

/** The timeouts of the server "short", in milliseconds, for clients that are too slow. */
const SHORT = 300;

/** Those of the server "patient", for clients that are in time, on a machine that has other things to do. */
const PATIENT = 1500;

/** Waits for the end of a connection and checks that it took as long as a timeout takes, from `since`. */
async function untilTimeout(
  wire: { untilEnd(): Promise<string> },
  since: number,
  timeout = SHORT,
): Promise<string> {
  const received = await wire.untilEnd();
  const took = performance.now() - since;
  // The clock of the server is coarse, by an eighth of the shortest timeout.
  assert(took >= timeout * 0.75, `it took only ${took} ms`);
  assert(took <= timeout * 4 + 15_000, `it took ${took} ms`);
  return received;
}

check("headers: a client that sends nothing gets 408", async (context) => {
  const since = performance.now();
  using wire = await context.connect("short");
  const [response] = context.parse(await untilTimeout(wire, since), "GET");
  assertEquals(response!.status, 408);
  assertRejection(response!, /head/i);
});

check("headers: a client that stalls in the head gets 408", async (context) => {
  const since = performance.now();
  using wire = await context.connect("short");
  await wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  const [response] = context.parse(await untilTimeout(wire, since), "GET");
  assertEquals(response!.status, 408);
  assertRejection(response!, /head/i);
});

check("headers: a client that sends a byte now and then gets 408 all the same", async (context) => {
  const since = performance.now();
  using wire = await context.connect("short");
  let stop = false;
  const dribbling = (async () => {
    await wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    while (!stop) {
      await wire.send("x").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  const received = await untilTimeout(wire, since);
  stop = true;
  await dribbling;
  assertEquals(statuses(context.parse(received, "GET")), [408]);
});

check("headers: a later head that stalls gets 408, behind the answers before it", async (context) => {
  using wire = await context.connect("short");
  await wire.send(get("/hello"));
  await wire.until("hello");
  const since = performance.now();
  await wire.send("GET / HT");
  assertEquals(statuses(context.parse(await untilTimeout(wire, since), "GET GET")), [200, 408]);
});

check("idle: a connection between requests is closed without a word", async (context) => {
  using wire = await context.connect("short");
  await wire.send(get("/hello"));
  await wire.until("hello");
  const received = await untilTimeout(wire, performance.now());
  assertEquals(wire.ended, "closed");
  assertEquals(answers(context.parse(received, "GET")), [[200, "hello"]]);
});

check("idle: requests that come in time keep the connection", async (context) => {
  using wire = await context.connect("patient");
  for (let sent = 0; sent < 4; sent++) {
    wire.received = "";
    await wire.send(get("/hello"));
    await wire.until("hello");
    await new Promise((resolve) => setTimeout(resolve, PATIENT / 3));
  }
  wire.received = "";
  await wire.send(LAST);
  assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, "hello"]]);
});

check("idle: a request on the verge of it is answered in full, or not begun", async (context) => {
  const answered = await Promise.all(Array.from({ length: 24 }, async (_, at) => {
    using wire = await context.connect("patient");
    await wire.send(get("/hello"));
    await wire.until("hello");
    wire.received = "";
    await new Promise((resolve) => setTimeout(resolve, at < 4 ? 0 : PATIENT * (0.8 + at / 50)));
    await wire.send(LAST).catch(() => {});
    const received = await wire.untilEnd();
    // A request that crosses the server's FIN on the wire cannot be helped; half an answer can.
    if (received === "") return false;
    assertEquals(answers(context.parse(received, "GET")), [[200, "hello"]]);
    return true;
  }));
  assert(answered.includes(true), "none was answered");
});

check("idle: a handler that takes long is not idle", async (context) => {
  const id = context.id();
  using wire = await context.connect("short");
  await wire.send(get(`/gated?${id}`, "Connection: close\r\n"));
  await context.until(id, "called");
  await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
  await context.open(id);
  assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, id]]);
});

check("receive: a client that stalls in the content gets 408, and the body fails", async (context) => {
  const id = context.id();
  using wire = await context.connect("short");
  await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`);
  const [response] = context.parse(await untilTimeout(wire, performance.now()), "POST");
  assertEquals(response!.status, 408);
  assertRejection(response!, /content|body/i);
  assertEquals(await context.events(id), ["called", "HttpError"]);
});

check("receive: a client that stalls in a chunk gets 408", async (context) => {
  const id = context.id();
  using wire = await context.connect("short");
  await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel`);
  assertEquals(statuses(context.parse(await untilTimeout(wire, performance.now()), "POST")), [408]);
});

check("receive: a client that keeps sending, but less than 240 bytes a second, gets 408", async (context) => {
  const id = context.id();
  using wire = await context.connect("short");
  const since = performance.now();
  await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`);
  let stop = false;
  const dribbling = (async () => {
    while (!stop) {
      await wire.send("z").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  const received = await untilTimeout(wire, since);
  stop = true;
  await dribbling;
  assertEquals(statuses(context.parse(received, "POST")), [408]);
});

check("receive: a client that keeps up is heard to the end", async (context) => {
  const id = context.id();
  using wire = await context.connect("patient");
  await wire.send(
    `POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\nConnection: close\r\n\r\n`,
  );
  for (let sent = 0; sent < 4; sent++) {
    await wire.send("z".repeat(2000));
    await new Promise((resolve) => setTimeout(resolve, PATIENT / 3));
  }
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "8000"]]);
});

check("receive: time that the handler takes is not the client's", async (context) => {
  const id = context.id();
  using wire = await context.connect("short");
  await wire.send(
    `POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`,
  );
  await context.until(id, "called");
  await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
  await wire.send("hello");
  await context.open(id);
  assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "hello"]]);
});

const HANDSHAKE_GAPS = { deno: "Deno.TlsConn.close() leaves the socket open until the handshake ends" };

check("handshake: a client that does not begin TLS is closed", async (context) => {
  const since = performance.now();
  using wire = await context.connect("tls");
  assertEquals(await untilTimeout(wire, since), "");
}, HANDSHAKE_GAPS);

check("handshake: a client that stalls in TLS is closed", async (context) => {
  const since = performance.now();
  using wire = await context.connect("tls");
  // The beginning of a ClientHello record that never gets its 512 bytes.
  await wire.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
  assertEquals(await untilTimeout(wire, since), "");
}, HANDSHAKE_GAPS);

check("send: a client that does not read is cut off, and the handler told", async (context) => {
  const id = context.id();
  using wire = await context.connect("short", { reading: false });
  await wire.send(get(`/flood?${id}`));
  await context.until(id, "write ConnectionClosedError");
  assert((await context.events(id)).includes("aborted"));
});

check("send: a client that reads slowly, but reads, is not cut off", async (context) => {
  using wire = await context.connect("short", { reading: false });
  await wire.send(get("/hello", "Connection: close\r\n"));
  await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
  wire.read();
  assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, "hello"]]);
});

section = "Limits";

check(
  "maxRequestsPerConnection: the last answer says close, and no further request is answered",
  async (context) => {
    const responses = await context.exchange(get("/hello").repeat(5), "GET", { server: "three" });
    assertEquals(answers(responses), [[200, "hello"], [200, "hello"], [200, "hello"]]);
    assertEquals(responses.map((response) => valuesOf(response, "connection")), [[], [], ["close"]]);
  },
);

check("maxRequestsPerConnection: 1 closes behind each answer, also to HTTP/1.0", async (context) => {
  for (const version of ["1.0", "1.1"]) {
    const [response, ...others] = await context.exchange(
      `GET /hello HTTP/${version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n` + LAST,
      "GET",
      { server: "one" },
    );
    assertEquals([valuesOf(response!, "connection"), others.length], [["close"], 0]);
  }
});

check("maxConnections: a further connection waits until there is room", async (context) => {
  const [id, other] = [context.id(), context.id()];
  using first = await context.connect("two");
  await first.send(get(`/gated?${id}`, "Connection: close\r\n"));
  using second = await context.connect("two");
  await second.send(get(`/gated?${other}`, "Connection: close\r\n"));
  await context.until(id, "called");
  await context.until(other, "called");
  const third = context.id();
  using waiting = await context.connect("two");
  await waiting.send(get(`/gated?${third}`, "Connection: close\r\n"));
  await context.open(third);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals([waiting.received, await context.events(third)], ["", []]);
  await context.open(id);
  assertEquals(answers(context.parse(await first.untilEnd(), "GET")), [[200, id]]);
  first.close();
  assertEquals(answers(context.parse(await waiting.untilEnd(), "GET")), [[200, third]]);
  await context.open(other);
  await second.untilEnd();
});

check("a Connection field of 30,000 blanks or commas is read in no time", async (context) => {
  // Twenty times, so that time which grows with the square of the length cannot hide.
  const time = async (name: string, filler: string) => {
    const value = "a" + filler.repeat(30_000 / filler.length) + "b";
    const since = performance.now();
    const responses = await context.exchange(get("/hello", `${name}: ${value}\r\n`).repeat(20) + LAST, "GET");
    assertEquals(responses.length, 21);
    return performance.now() - since;
  };
  const usual = await time("X", "a");
  for (const filler of [" ", ",", ", ", "a,", "a, ", "\t", ",\t"]) {
    const took = await time("Connection", filler);
    assert(took < 2000 + 10 * usual, `${JSON.stringify(filler)} took ${took} ms, a usual field ${usual} ms`);
  }
});

/** How many cases are started before their turn: they wait for timers more than they work. */
const AHEAD = 16;

/** One runtime's server, and how many cases of each section passed on it. */
interface Column {
  readonly name: string;
  readonly passed: Map<string, number>;
  readonly run: (index: number) => Promise<void>;
  readonly server: () => Promise<[Fixture, SemanticsContext]>;
}

// A case is looked at when its turn comes, and the next ones have begun by then.
const options = { sanitizeOps: false, sanitizeResources: false };
const captures: Map<string, Capture> = new Map();
const columns: Column[] = runtimes().map(column);

function column(runtime: Runtime): Column {
  let started: Promise<[Fixture, SemanticsContext]> | undefined;
  const start = async (): Promise<[Fixture, SemanticsContext]> => {
    const fixture = await startFixture(runtime, new URL("semantics_server.ts", import.meta.url));
    return [fixture, await SemanticsContext.of(fixture.port, captures)];
  };
  const server = () => started ??= start();
  const run = readAhead(cases.length, AHEAD, async (index) => {
    const [, context] = await server();
    const { run, gaps } = cases[index]!;
    if (gaps[runtime.name] === undefined) await run(context);
  });
  return { name: runtime.name, passed: new Map(), run, server };
}

cases.forEach((one, index) => {
  for (const { name, run, passed } of columns) {
    const gap = one.gaps[name];
    Deno.test({
      name: `semantics: ${one.section}: ${one.name} (${name})${
        gap === undefined ? "" : ` [skipped: ${gap}]`
      }`,
      ignore: gap !== undefined,
      ...options,
      fn: async () => {
        await run(index);
        passed.set(one.section, (passed.get(one.section) ?? 0) + 1);
      },
    });
  }
});

for (const { name, server } of columns) {
  Deno.test({
    name: `semantics: every connection that began has ended, and nothing was unhandled (${name})`,
    ...options,
    fn: async () => {
      const [fixture, context] = await server();
      // The connection that asks is the only one.
      let open = Infinity;
      for (let turn = 0; turn < 400 && open > 1; turn++) {
        const counts = JSON.parse(await context.ask("/connections")) as { started: number; ended: number };
        open = counts.started - counts.ended;
        if (open > 1) await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assertEquals(open, 1);
      const code = await fixture.stop();
      assertEquals({ code, stderr: fixture.stderr }, { code: 0, stderr: [] });
    },
  });
}

/**
 * Deno registers its signal handlers half a second after it has started, and panics where it then has no descriptor left
 * for them (seen with 2.9.6): a fault that no program can help.
 */
async function untilSignalsAreHandled(pid: number): Promise<void> {
  const SIGTERM = 1n << 14n;
  for (let turn = 0; turn < 600; turn++) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    if ((BigInt(`0x${/^SigCgt:\s+(\w+)$/m.exec(status)![1]}`) & SIGTERM) !== 0n) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("Waited in vain until Deno handles signals");
}

/** How many file descriptors a process gets that is to run out of them, and how many clients connect to it. */
const DESCRIPTORS = 100;
const CLIENTS = 150;

for (const runtime of runtimes()) {
  const elsewhere = Deno.build.os !== "linux";
  const skipped = elsewhere ? " [skipped: only Linux has /proc and a limit that is this easy to set]" : "";
  Deno.test({
    name:
      `semantics: Limits: a server that runs out of file descriptors serves on (${runtime.name})${skipped}`,
    ignore: elsewhere,
    ...options,
    fn: async () => {
      const command = ["sh", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "sh", ...runtime.command];
      const script = new URL("semantics_server.ts", import.meta.url);
      await using fixture = await startFixture({ name: runtime.name, command }, script);
      if (runtime.name === "deno") await untilSignalsAreHandled(fixture.pid);
      const wires: Wire[] = [];
      for (let opened = 0; opened < CLIENTS; opened++) wires.push(await Wire.connect(fixture.port));
      await Promise.all(wires.map((wire) => wire.send(get("/hello")).catch(() => {})));
      // The first has its place; what becomes of those that have none is up to the operating system and the runtime.
      await wires[0]!.until("hello");
      for (const wire of wires) wire.close();
      // Until the server has closed the others, a new one may meet the same fate.
      let served = "";
      for (let turn = 0; turn < 200 && served === ""; turn++) {
        using wire = await Wire.connect(fixture.port);
        await wire.send(LAST).catch(() => {});
        served = await wire.untilEnd();
        if (served === "") await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert(served.endsWith("\r\n\r\nhello"), served);
      assertEquals(await fixture.stop(), 0);
    },
  });
}

Deno.test("semantics: node:http's client reads what the strict parser reads", async () => {
  assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
  await assertNodeAgrees([...captures.values()]);
});

Deno.test({
  name: "semantics: undici's client reads what the strict parser reads",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
    await assertUndiciAgrees([...captures.values()]);
  },
});

Deno.test("semantics: the table in README.md is the one of this run", () => {
  const titles = [...new Set(cases.map((one) => one.section))];
  if (columns.length < 4 || columns.some(({ passed }) => passed.size < titles.length)) {
    return console.log("not compared: the run was narrowed to some runtimes, or by a filter");
  }
  const rows = titles.map((title) => [
    title,
    cases.filter((one) => one.section === title).length,
    ...columns.map(({ passed }) => passed.get(title) ?? 0),
  ]);
  const gaps = cases.filter((one) => Object.keys(one.gaps).length > 0).map((one) => [
    `gap: ${one.name}: ${Object.values(one.gaps).join("; ")}`,
    1,
    ...columns.map(({ name }) => one.gaps[name] === undefined ? "" : "gap"),
  ]);
  const sums = [
    cases.length,
    ...columns.map(({ passed }) => [...passed.values()].reduce((a, b) => a + b, 0)),
  ];
  const head = ["section", "cases", ...columns.map(({ name }) => name)];
  assertTable("semantics", [head, ...rows, ["all", ...sums], ...gaps]);
});
