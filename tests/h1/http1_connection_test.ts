import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HandlerFunction } from "../../src/exchange/handler.ts";
import { ConnectionClosedError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import { DATE, exchanged, type FakeConnection, type FakeExchange, served, START } from "./fake_connection.ts";
import { bytesOf } from "./input.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const MAX_WAITING = 65536;
const UNREAD_LIMIT = 256 * 1024;

function post(length: number, more = ""): string {
  return `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;
}

const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}

/** Answers with a single byte, and is over. */
function answer({ transport }: FakeExchange): void {
  transport.whole(200, null, null, 1, "a");
  transport.done(0);
}

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na";
const LAST_ANSWER = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\na";

// One request after the other.

Deno.test("Http1Connection.receive() hands each request to an exchange, however the bytes are split", () => {
  const text = GET + post(3) + "abc" + CHUNKED + "3\r\ndef\r\n0\r\nX: y\r\nHost: no\r\n\r\n" + GET;
  for (const size of [1, 7, 1000]) {
    const { receive, sent, exchanges } = exchanged();
    for (let at = 0; at < text.length; at += size) {
      receive(text.slice(at, at + size));
      const [last] = exchanges.slice(-1);
      if (last === undefined || !last.events.includes("over")) {
        const isRead = last?.head.hasContent === false || last?.events.at(-1)?.startsWith("end");
        if (!isRead || last === undefined) continue;
        last.events.push("over");
        answer(last);
      }
    }
    for (let next = exchanges.at(-1)!; !next.events.includes("over"); next = exchanges.at(-1)!) {
      next.events.push("over");
      answer(next);
    }
    const contents = exchanges.map(({ events }) => events.slice(1, -1).join(""));
    const joined = contents.map((content) => content.replace(/^(\w*)end /, "$1|"));
    assertEquals(joined, ["", "abc|[]", 'def|[["X","y"]]', ""], `${size} bytes`);
    assertEquals(sent(), ANSWER.repeat(4));
  }
});

Deno.test("Http1Connection holds the next request back until the exchange before is over", () => {
  const { receive, sent, exchanges } = exchanged();
  receive(GET + GET);
  assertEquals(exchanges.length, 1);
  exchanges[0]!.transport.whole(200, null, null, 1, "a");
  assertEquals(exchanges.length, 1);
  exchanges[0]!.transport.done(0);
  assertEquals([exchanges.length, sent()], [2, ANSWER]);
});

Deno.test("Http1Connection answers pipelined requests in turn, without a stack that grows", () => {
  const { receive, sent, exchanges } = exchanged(answer);
  receive(GET.repeat(2000));
  assertEquals([exchanges.length, sent()], [2000, ANSWER.repeat(2000)]);
});

Deno.test("Http1Connection numbers its requests", () => {
  const numbers: number[] = [];
  const { receive } = exchanged((exchange) => {
    numbers.push(exchange.transport.requestNumber);
    answer(exchange);
  });
  receive(GET.repeat(3));
  assertEquals(numbers, [1, 2, 3]);
});

Deno.test("Http1Connection calls a handler in the server's context where another handler may have led to it", () => {
  const { receive, connection, exchanges } = exchanged();
  receive(GET + GET + GET);
  assertEquals(connection.runs, 0, "the first call comes from the event loop");
  answer(exchanges[0]!);
  assertEquals(connection.runs, 1, "the end of an exchange is another handler's");
  answer(exchanges[1]!);
  assertEquals(connection.runs, 2);
  const pipelined = exchanged(answer);
  pipelined.receive(GET + GET + GET);
  assertEquals(pipelined.connection.runs, 2, "all but the first that was read in one turn");
  Object.assign(pipelined.connection.ownContext, { isKept: false });
  pipelined.receive(GET);
  assertEquals(pipelined.connection.runs, 3);
});

// The content of a request.

Deno.test("Http1Connection gives a buffer away only if nothing but the piece is in it", () => {
  const cases = [
    { before: "", after: "", offset: 0, owned: true },
    { before: "the head", after: "", offset: 0, owned: false },
    { before: "", after: GET, offset: 0, owned: false },
    { before: "", after: "", offset: 8, owned: false },
    { before: "", after: "", offset: 0, spare: 1000, owned: false },
  ];
  for (const { before, after, offset, spare = 0, owned } of cases) {
    const { http1, receive, exchanges } = exchanged();
    const head = post(100);
    if (before === "") receive(head);
    const text = (before === "" ? "" : head) + "x".repeat(100) + after;
    const buffer = new Uint8Array(offset + text.length + spare);
    buffer.set(bytesOf(text), offset);
    http1.receive(buffer.subarray(offset, offset + text.length));
    assertEquals(exchanges[0]!.events[1], "x".repeat(100));
    assertEquals(exchanges[0]!.owned, [owned], JSON.stringify({ before, after, offset, spare }));
  }
});

Deno.test("Http1Connection decodes content that came with the head only after the handler was called", () => {
  const seen: string[][] = [];
  const { receive } = exchanged((exchange) => void seen.push([...exchange.events]));
  receive(post(3) + "abc");
  assertEquals(seen, [["run"]]);
});

Deno.test("Http1Connection tells content that is malformed, and reads nothing more", () => {
  const { receive, exchanges, sent, connection } = exchanged();
  receive(CHUNKED + "3\r\nabc\r\nx\r\n" + GET);
  const failed = "failed 400 A chunk size is missing or malformed";
  assertEquals(exchanges[0]!.events, ["run", "abc", failed]);
  assertEquals(connection.pauses, [true]);
  receive("more");
  answer(exchanges[0]!);
  assertEquals([exchanges.length, sent(), connection.take()], [1, LAST_ANSWER, ["closeSoon"]]);
});

Deno.test("Http1Connection tells content that is cut short, once all that came has been delivered", () => {
  const { receive, http1, exchanges } = exchanged();
  receive(post(10) + "abc");
  http1.inputEnded();
  assertEquals(exchanges[0]!.events, ["run", "abc", "failed 400 The content ended early"]);
});

Deno.test("Http1Connection drops the rest of content that nobody reads, to get to the next request", () => {
  for (const left of [UNREAD_LIMIT, UNREAD_LIMIT + 1]) {
    const { receive, sent, exchanges, connection } = exchanged(answer);
    receive(post(left));
    const keeps = left === UNREAD_LIMIT;
    assertEquals(sent(), keeps ? ANSWER : LAST_ANSWER);
    receive("x".repeat(left) + GET);
    assertEquals(exchanges.length, keeps ? 2 : 1);
    assertEquals(connection.take(), keeps ? [] : ["closeSoon"]);
  }
});

Deno.test("Http1Connection drops no more than 256 KiB of chunked content that nobody reads", () => {
  for (const left of [UNREAD_LIMIT, UNREAD_LIMIT + 1]) {
    const { receive, exchanges, connection } = exchanged(answer);
    receive(CHUNKED);
    receive(`${left.toString(16)}\r\n${"x".repeat(left)}\r\n0\r\n\r\n${GET}`);
    const keeps = left === UNREAD_LIMIT;
    assertEquals([exchanges.length, connection.take()], keeps ? [2, []] : [1, ["closeSoon"]]);
  }
});

Deno.test("Http1Connection counts what is left unread from what the handler took, not from what arrived", () => {
  for (const consumed of [0, 1, 100_000]) {
    const { receive, exchanges, sent, connection } = exchanged();
    const length = UNREAD_LIMIT + 1;
    receive(post(length));
    exchanges[0]!.transport.wantContent();
    receive("x".repeat(length - 1));
    exchanges[0]!.transport.whole(200, null, null, 1, "a");
    exchanges[0]!.transport.done(consumed);
    // The head was written before it was known how much would be read.
    assertEquals(sent(), ANSWER);
    receive("x" + GET);
    assertEquals([exchanges.length, connection.take()], consumed > 0 ? [2, []] : [1, ["closeSoon"]]);
  }
});

Deno.test("Http1Connection closes where content that is dropped is malformed or cut short", () => {
  const { receive, exchanges, connection } = exchanged(answer);
  receive(CHUNKED);
  receive("x\r\n" + GET);
  assertEquals([exchanges.length, connection.take()], [1, ["closeSoon"]]);
  const short = exchanged(answer);
  short.receive(post(10) + "abc");
  short.http1.inputEnded();
  assertEquals(short.connection.take(), ["closeSoon"]);
});

// The client is held back.

Deno.test("Http1Connection holds the client back while the exchange does not accept content", () => {
  const { receive, exchanges, connection } = exchanged();
  receive(post(1000));
  exchanges[0]!.acceptsContent = false;
  receive("abc");
  assertEquals([exchanges[0]!.events, connection.pauses], [["run"], [true]]);
  exchanges[0]!.acceptsContent = true;
  exchanges[0]!.transport.wantContent();
  assertEquals([exchanges[0]!.events, connection.pauses], [["run", "abc"], [true, false]]);
});

Deno.test("Http1Connection holds the client back from 64 KiB of later requests on", () => {
  const { receive, connection, exchanges } = exchanged();
  receive(GET);
  receive("x".repeat(MAX_WAITING - 1));
  assertEquals(connection.pauses, []);
  receive("x");
  assertEquals(connection.pauses, [true]);
  exchanges[0]!.transport.dropContent();
  assertEquals(connection.pauses, [true]);
});

Deno.test("Http1Connection holds the client back on an idle connection too, while the output is blocked", () => {
  const { receive, connection, http1, exchanges, sent } = exchanged(answer);
  connection.output.blocked = true;
  receive(GET);
  assertEquals(exchanges.length, 0, "no request is begun that could not be answered");
  receive(GET.repeat(Math.ceil(MAX_WAITING / GET.length)));
  assertEquals([exchanges.length, connection.pauses], [0, [true]]);
  connection.output.blocked = false;
  http1.drained();
  assertEquals(exchanges.length, 1 + Math.ceil(MAX_WAITING / GET.length));
  assertEquals(connection.pauses, [true, false]);
  assertEquals(sent().length, exchanges.length * ANSWER.length);
});

// What becomes of the connection.

/** What is sent to a request, and whether the connection is closed then. */
function outcome(text: string, handler: HandlerFunction, prepare = (_connection: FakeConnection) => {}) {
  const { receive, sent, connection } = served(handler);
  prepare(connection);
  receive(text);
  return { text: sent(), closes: connection.take().includes("closeSoon") };
}

Deno.test("Http1Connection keeps the connection by the client's version and wish, and says so where that is no default", () => {
  const cases: [string, string | null][] = [
    ["1.1", ""],
    ["1.1", "close"],
    ["1.0", ""],
    ["1.0", "keep-alive"],
  ];
  const results = cases.map(([version, option]) => {
    const text = `GET / HTTP/${version}\r\nHost: a\r\nConnection: ${option}\r\n\r\n`;
    const { text: sent, closes } = outcome(text, (_req, res) => res.send("a"));
    return [/connection: .*/.exec(sent)?.[0], closes];
  });
  assertEquals(results, [
    [undefined, false],
    ["connection: close", true],
    ["connection: close", true],
    ["connection: keep-alive", false],
  ]);
});

Deno.test("Http1Connection closes where the handler sets connection: close, and keeps its other options", () => {
  const { text, closes } = outcome(GET, (_req, res) => {
    res.headers.set("connection", "close, x");
    res.send("a");
  });
  assertEquals([text, closes], [
    "HTTP/1.1 200 OK\r\nconnection: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\na",
    true,
  ]);
});

Deno.test("Http1Connection closes while the server is closing, and after the last request that it may serve", () => {
  const draining = outcome(GET, (_req, res) => res.send("a"), (connection) => {
    connection.draining = true;
  });
  assertEquals(draining, { text: LAST_ANSWER, closes: true });
  const { receive, sent, connection } = served((_req, res) => res.send("a"), { maxRequestsPerConnection: 2 });
  receive(GET + GET + GET);
  assertEquals([sent(), connection.take()], [ANSWER + LAST_ANSWER, ["closeSoon"]]);
});

Deno.test("Http1Connection closes after a response that the server's closing overtook", () => {
  const { receive, sent, connection, exchanges } = exchanged();
  receive(GET);
  exchanges[0]!.transport.head(200, null, null, 1, true);
  connection.draining = true;
  exchanges[0]!.transport.content("a");
  exchanges[0]!.transport.end(null);
  exchanges[0]!.transport.done(0);
  assertEquals([sent(), connection.take()], [ANSWER, ["closeSoon"]]);
});

Deno.test("Http1Connection closes after an answer to CONNECT", () => {
  const { text, closes } = outcome("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", (_req, res) => {
    res.status = 403;
    res.send("a");
  });
  assertStringIncludes(text, "connection: close");
  assertEquals(closes, true);
});

Deno.test("Http1Connection delimits streams by chunks, and for HTTP/1.0 by the close", () => {
  const stream: HandlerFunction = (req, res) => {
    const answer = res.start();
    answer.write("hello");
    answer.write(new Uint8Array(16).fill(97));
    answer.end({ trailers: req.version === "1.1" ? { digest: "x" } : {} });
  };
  const chunked = outcome("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n", stream);
  assertEquals(chunked, {
    text: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n" + "a".repeat(16) +
      "\r\n0\r\ndigest: x\r\n\r\n",
    closes: false,
  });
  const close = outcome("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", stream);
  assertEquals(close, {
    text: "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello" + "a".repeat(16),
    closes: true,
  });
});

Deno.test("Http1Connection writes one content-length for a stream whose length is declared, and no chunks", () => {
  for (const version of ["1.0", "1.1"]) {
    const { text } = outcome(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`, (_req, res) => {
      res.headers.set("Content-Length", "5");
      res.headers.set("transfer-encoding", "chunked");
      const answer = res.start();
      answer.write("hello");
    });
    const connection = version === "1.0" ? "connection: close\r\n" : "";
    assertEquals(text, `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${connection}\r\nhello`);
  }
});

Deno.test("Http1Connection writes what a response without content announces", () => {
  const cases: [string, HandlerFunction, string][] = [
    ["HEAD", (_req, res) => res.send(), ""],
    ["HEAD", (_req, res) => res.send(""), "content-length: 0\r\n"],
    ["HEAD", (_req, res) => res.send("hello"), "content-length: 5\r\n"],
    ["HEAD", (_req, res) => void res.start(), "transfer-encoding: chunked\r\n"],
    ["GET", (_req, res) => void res.send(), "content-length: 0\r\n"],
  ];
  for (const [method, handler, lines] of cases) {
    const { text, closes } = outcome(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`, handler);
    assertEquals([text, closes], [`HTTP/1.1 200 OK\r\n${lines}\r\n`, false]);
  }
  for (const [status, lines] of [[204, ""], [205, "content-length: 0\r\n"], [304, ""]] as const) {
    const { text, closes } = outcome(GET, (_req, res) => {
      res.status = status;
    });
    assertEquals([text.slice(text.indexOf("\r\n") + 2), closes], [`${lines}\r\n`, false]);
  }
});

Deno.test("Http1Connection writes fields and reason phrases of Latin-1 as they are, and ASCII as text", () => {
  const { text } = outcome(GET, (_req, res) => {
    res.headers.set("x", "\xe9\xff");
    res.sendInformational(103, { y: "\xe8" });
    res.send("a");
  });
  assertEquals(
    text,
    "HTTP/1.1 103 Early Hints\r\ny: \xe8\r\n\r\nHTTP/1.1 200 OK\r\nx: \xe9\xff\r\ncontent-length: 1\r\n\r\na",
  );
});

Deno.test("Http1Connection drops interim responses for HTTP/1.0", () => {
  const { text } = outcome("GET / HTTP/1.0\r\n\r\n", (_req, res) => {
    res.sendInformational(103);
    res.send("a");
  });
  assertEquals(text, LAST_ANSWER);
});

// Expect: 100-continue.

const EXPECTING = post(3, "Expect: 100-continue\r\n");
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

Deno.test("Http1Connection sends a 100 when content is wanted, and once", async () => {
  const gate = Promise.withResolvers<void>();
  const { receive, sent } = served(async (req, res) => {
    await gate.promise;
    res.send(await req.text());
  });
  receive(EXPECTING);
  await settle();
  assertEquals(sent(), "");
  gate.resolve();
  await settle();
  assertEquals(sent(), CONTINUE);
  receive("ab");
  receive("c");
  await settle();
  assertEquals(sent(), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
});

Deno.test("Http1Connection sends no 100 to a client that has begun to send, be it framing alone", async () => {
  const begun = [EXPECTING + "a", CHUNKED.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n") + "5"];
  for (const text of begun) {
    const { receive, sent } = served((req, res) => req.text().then((text) => res.send(text)));
    receive(text);
    await settle();
    assertEquals(sent(), "");
  }
});

Deno.test("Http1Connection sends no 100 of its own where the handler has sent one", async () => {
  const { receive, sent } = served(async (req, res) => {
    res.sendInformational(100);
    res.send(await req.text());
  });
  receive(EXPECTING);
  await settle();
  assertEquals(sent(), CONTINUE);
  receive("abc");
  await settle();
  assertEquals(sent(), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
});

Deno.test("Http1Connection closes where the client waits for a 100 that it does not get", () => {
  const { receive, sent, connection } = served((_req, res) => res.send("a"));
  receive(EXPECTING);
  assertEquals([sent(), connection.take()], [LAST_ANSWER, ["closeSoon"]]);
});

Deno.test("Http1Connection sends no 100 in the midst of a response", async () => {
  const { receive, sent } = served(async (req, res) => {
    const answer = res.start();
    await answer.write(await req.text());
  });
  receive(EXPECTING);
  await settle();
  assertEquals(sent(), "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
});

// What is not a request.

Deno.test("Http1Connection refuses what is not a request, and never reads another", () => {
  const { receive, sent, connection, exchanges } = exchanged(answer);
  receive(GET + "GET / HTTP/1.1\r\n\r\n" + GET);
  const content = "Host is missing\n";
  assertEquals(
    sent(),
    ANSWER + "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n" +
      `content-length: ${content.length}\r\nconnection: close\r\n\r\n${content}`,
  );
  assertEquals([exchanges.length, connection.take()], [1, ["refused 400", "closeSoon"]]);
  receive(GET);
  assertEquals([exchanges.length, sent(), connection.take()], [1, "", []]);
});

Deno.test("Http1Connection refuses a HEAD without content, and keeps its length", () => {
  const { receive, sent } = exchanged();
  receive("HEAD / HTTP/1.1\r\n\r\n");
  const text = sent();
  assertStringIncludes(text, "content-length: 16\r\n");
  assertEquals(text.slice(text.indexOf("\r\n\r\n")), "\r\n\r\n");
});

Deno.test("Http1Connection refuses a head that the client cuts short, and closes where there is none", () => {
  for (const text of ["GET / HT", "", GET]) {
    const { receive, http1, connection, sent } = exchanged(answer);
    if (text !== "") receive(text);
    sent();
    http1.inputEnded();
    const isCut = text === "GET / HT";
    assertEquals(connection.take(), isCut ? ["refused 400", "closeSoon"] : ["closeSoon"]);
    assertEquals(sent().includes("The request ended early"), isCut);
  }
});

Deno.test("Http1Connection answers what a client has asked for that has closed its half", () => {
  const { receive, http1, connection, exchanges, sent } = exchanged();
  receive(GET + GET);
  http1.inputEnded();
  assertEquals(connection.take(), []);
  answer(exchanges[0]!);
  assertEquals(connection.take(), []);
  answer(exchanges[1]!);
  assertEquals([sent(), connection.take()], [ANSWER + ANSWER, ["closeSoon"]]);
});

// The ends of a connection.

Deno.test("Http1Connection tells its exchange that the connection is gone", () => {
  const { receive, http1, exchanges } = exchanged();
  receive(GET);
  assertEquals(http1.busy, true);
  http1.closed(new ConnectionClosedError("The client went away"));
  assertEquals([exchanges[0]!.events, http1.busy], [["run", "closed The client went away"], false]);
  receive(GET);
  assertEquals(exchanges.length, 1);
});

Deno.test("Http1Connection resets where the end of the connection would look like that of the response", async () => {
  for (const [version, reset] of [["1.0", true], ["1.1", false]] as const) {
    const { receive, http1, connection, exchanges } = exchanged();
    connection.abandoned = new ConnectionClosedError("The connection was cut");
    receive(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
    assertEquals(http1.endsWithConnection, false);
    exchanges[0]!.transport.head(200, null, null, -1, true);
    assertEquals(http1.endsWithConnection, reset);
    exchanges[0]!.transport.abort();
    assertEquals(connection.take(), [`abandon${reset ? " reset" : ""} busy`]);
    assertEquals(exchanges[0]!.events, ["run"]);
    await null;
    assertEquals(exchanges[0]!.events, ["run", "closed The connection was cut"]);
  }
});

Deno.test("Http1Connection.closeIfIdle() closes between requests, and not within one", () => {
  const { receive, http1, connection, exchanges } = exchanged();
  receive("GET");
  http1.closeIfIdle();
  receive(GET.slice(3));
  http1.closeIfIdle();
  assertEquals(connection.take(), []);
  answer(exchanges[0]!);
  http1.closeIfIdle();
  assertEquals(connection.take(), ["closeSoon"]);
});

Deno.test("Http1Connection hands over what came early, and whether the client has ended, when it leaves HTTP", () => {
  const { receive, http1, sent, connection } = served(async (req, res) => {
    if (req.method === "CONNECT") res.headers.set("x", "y");
    await res.upgrade();
  });
  receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\nearly");
  assertEquals(sent(), "HTTP/1.1 101 Switching Protocols\r\nupgrade: raw\r\nconnection: upgrade\r\n\r\n");
  assertEquals([connection.take(), connection.early], [["detach"], ["early", false]]);
  assertEquals(http1.busy, false);
  const tunnel = served((_req, res) => res.upgrade().then(() => {}));
  tunnel.receive("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
  assertEquals(tunnel.connection.output.text, `HTTP/1.1 200 OK\r\ndate: ${DATE}\r\n\r\n`);
  assertEquals(tunnel.connection.early, ["", false]);
});

Deno.test("Http1Connection costs a mistake in this library no more than its connection", () => {
  const { receive, connection } = exchanged(() => {
    throw new Error("a mistake");
  });
  receive(GET);
  assertEquals(connection.take(), ["report Error: a mistake", "fail"]);
});

// Deadlines.

Deno.test("Http1Connection answers 408 to a head that is late, and closes without a word before any byte", () => {
  for (const [text, calls] of [["GET", ["refused 408", "closeSoon"]], ["", ["closeSoon"]]] as const) {
    const { receive, http1, connection, sent } = exchanged();
    if (text !== "") receive(text);
    http1.checkDeadlines(START + 300);
    assertEquals(connection.take(), []);
    http1.checkDeadlines(START + 301);
    assertEquals(connection.take(), [...calls]);
    assertEquals(sent().startsWith("HTTP/1.1 408 Request Timeout\r\n"), text !== "");
  }
});

Deno.test("Http1Connection closes an idle connection without a word, once its client has taken the answer", () => {
  const { receive, http1, connection, sent } = exchanged(answer);
  receive(GET);
  sent();
  connection.output.blocked = true;
  for (const now of [601, 1202, 5000]) http1.checkDeadlines(START + now);
  assertEquals(connection.take(), []);
  connection.output.blocked = false;
  connection.clock.now = START + 5000;
  http1.drained();
  http1.checkDeadlines(START + 5600);
  http1.checkDeadlines(START + 5601);
  assertEquals(connection.take(), []);
  http1.checkDeadlines(START + 5602);
  assertEquals([connection.take(), sent()], [["closeSoon"], ""]);
});

Deno.test("Http1Connection tells content that is late while somebody waits for it", () => {
  const { receive, http1, exchanges } = exchanged();
  receive(post(10));
  http1.checkDeadlines(START + 5000);
  exchanges[0]!.awaitsContent = true;
  http1.checkDeadlines(START + 5400);
  assertEquals(exchanges[0]!.events, ["run"]);
  http1.checkDeadlines(START + 5401);
  assertEquals(exchanges[0]!.events, ["run", "failed 408 The content took too long"]);
});

Deno.test("Http1Connection closes where content that it drops is late", () => {
  const { receive, http1, connection } = exchanged(answer);
  receive(post(10));
  http1.checkDeadlines(START + 400);
  assertEquals(connection.take(), []);
  http1.checkDeadlines(START + 401);
  assertEquals(connection.take(), ["closeSoon"]);
});

Deno.test("Http1Connection tells that a client which has closed its half may be gone", () => {
  const { receive, http1, exchanges } = exchanged();
  receive(GET);
  http1.inputEnded();
  http1.checkDeadlines(START + 1001);
  assertEquals(exchanges[0]!.events, ["run", "maybe gone"]);
});

// What the transport is told.

Deno.test("Http1Connection refuses on behalf of an exchange, and closes", async () => {
  const { receive, sent, connection, errors } = served((req) => req.text().then(() => {}));
  receive(CHUNKED + "x");
  await settle();
  assertStringIncludes(sent(), "HTTP/1.1 400 Bad Request\r\n");
  assertEquals([connection.take(), errors.length], [["closeSoon"], 1]);
});

Deno.test("Http1Connection writes a map that the handler goes on using", () => {
  const headers = new HeaderMap({ a: "b" });
  const { receive, sent } = exchanged(({ transport }) => {
    transport.whole(200, "Fine", headers, 1, "a");
    transport.done(0);
  });
  receive(GET);
  headers.set("a", "c");
  receive(GET);
  const head = (value: string) => `HTTP/1.1 200 Fine\r\na: ${value}\r\ncontent-length: 1\r\n\r\na`;
  assertEquals(sent(), head("b") + head("c"));
});
