import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Server, type ServerStats } from "../../mod.ts";
import { tellFigures } from "../../src/cli/figures.ts";
import { pageHandler, type PageState } from "../../src/cli/page.ts";
import { head, RawClient, type RawResponse } from "../behaviour/raw_client.ts";

const STATS: ServerStats = {
  threads: [1, 20].map((requests) => ({
    openConnections: 1,
    acceptedConnections: 2,
    requests,
    responses: { "1xx": 0, "2xx": 3, "3xx": 0, "4xx": 4, "5xx": 0 },
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 1000,
    bytesOut: 200_000,
    errors: 0,
    restarts: 5,
  })),
};

const STATE: PageState = {
  figures: "page_test",
  started: Date.now() - 90_000,
  hostname: "box.example",
  anyHost: false,
};

/** Asks a server of the page, whose figures are those above. */
async function ask(line: string, fields: string[], content = "", state: PageState | undefined = STATE) {
  const close = tellFigures("page_test", () => STATS);
  await using listening = await Server.http("127.0.0.1:0").handle(pageHandler({ state, thread: 7 }));
  using client = await RawClient.connect((listening.address as { port: number }).port);
  await client.send(head(line, ...fields) + content);
  const response: RawResponse = await client.readResponse(line.split(" ")[0]);
  close();
  return response;
}

const HTML = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

Deno.test("the page in plain text shows the request and the figures", async () => {
  const { text, header } = await ask("GET /tea?a=b", ["aCCept: */*", "X-B: 1", "x-a:   2  ", "X-B: 3"]);
  assertEquals(header("content-type"), "text/plain; charset=utf-8");
  assertEquals(header("x-content-type-options"), "nosniff");
  const [request, rest = ""] = text.split("\n\nFrom ");
  assertEquals(request, "GET /tea?a=b HTTP/1.1\nHost: localhost\naCCept: */*\nX-B: 1\nx-a: 2\nX-B: 3");
  assertMatch(
    rest,
    /^127\.0\.0\.1 port \d+, answered by thread 7\.\nHandoff \S+ on Deno \S+, up for 9\d s\.\n\nthread {2}open {2}accepted {2}requests {2}/,
  );
  const rows = rest.trimEnd().split("\n").slice(-2).map((row) => row.trim().split(/\s+/));
  const row = (
    thread: string,
    requests: string,
  ) => [thread, "1", "2", requests, "0", "3", "0", "4", "0", "1000", "200000", "0", "5"];
  assertEquals(rows, [row("0", "1"), row("1", "20")]);
});

Deno.test("the page is HTML where that is accepted", async () => {
  const { status, text, header } = await ask("GET /tea", [HTML, "X-B: 1"]);
  assertEquals([status, header("content-type"), header("vary")], [200, "text/html; charset=utf-8", "accept"]);
  assertStringIncludes(text, "<b>X-B</b>: 1\n");
  assertStringIncludes(text, "<em>GET</em> /tea <i>HTTP/1.1</i>");
  assertStringIncludes(text, "<strong>thread 7</strong>");
  const [, json = ""] = /<script type="application\/json" id="stats">(.*)<\/script>/.exec(text)!;
  assertEquals(JSON.parse(json), STATS);
});

Deno.test("the page is plain text where HTML is not accepted", async () => {
  for (const accept of ["text/html;q=0", "text/html; q=0.000, */*", "application/json", "text/htmlx"]) {
    assertMatch((await ask("GET /", [`Accept: ${accept}`])).header("content-type")!, /^text\/plain/, accept);
  }
  assertMatch((await ask("GET /", ["Accept: text/html;q=0.5"])).header("content-type")!, /^text\/html/);
});

Deno.test("nothing that a client sends becomes markup", async () => {
  const evil = `"><script>alert(1)</script><!--'&amp;`;
  const { text, header } = await ask("GET /x?'b'&'", [HTML, `X-E: ${evil}`]);
  assert(!text.includes("alert(1)</script>"));
  assertStringIncludes(text, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--&#39;&amp;amp;");
  assertStringIncludes(text, "?&#39;b&#39;&amp;&#39;");
  const [, nonce = ""] = /'nonce-([\w-]{36})'/.exec(header("content-security-policy")!)!;
  const scripts = [...text.matchAll(/<(?:script|style)(?![^>]*application\/json)[^>]*>/g)].map(([tag]) =>
    tag
  );
  assertEquals(scripts, [`<style nonce="${nonce}">`, `<script nonce="${nonce}">`]);
  assertMatch(header("content-security-policy")!, /^default-src 'none'; /);
  assert(
    !/\b(?:src|href)="(?!data:|\/stats")|url\(|@import/.test(text),
    "something is loaded from elsewhere",
  );
});

Deno.test("the page's script is JavaScript", async () => {
  const { text } = await ask("GET /", [HTML]);
  const [, script = ""] = /<script nonce="[^"]*">([^]*?)<\/script>/.exec(text)!;
  new Function(script);
});

Deno.test("/stats has the figures as JSON", async () => {
  const { text, header } = await ask("GET /stats?again", []);
  assertEquals([header("content-type"), header("cache-control")], ["application/json", "no-store"]);
  assertEquals(JSON.parse(text), STATS);
});

Deno.test("the page does without figures", async () => {
  await using listening = await Server.http("127.0.0.1:0").handle(
    pageHandler({ state: undefined, thread: 0 }),
  );
  const { port } = listening.address as { port: number };
  const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  assertMatch(text, /answered by thread 0\.\nHandoff \S+ on Deno \S+\.\n\n$/);
  assertEquals(await (await fetch(`http://127.0.0.1:${port}/stats`)).json(), { threads: [] });
});

Deno.test("the page's figures are left out where nobody tells them", async () => {
  await using listening = await Server.http("127.0.0.1:0").handle(
    pageHandler({ state: { ...STATE, figures: "page_test nobody" }, thread: 0 }),
  );
  const { port } = listening.address as { port: number };
  assertEquals(await (await fetch(`http://127.0.0.1:${port}/stats`)).json(), { threads: [] });
});

Deno.test("the page shows the content, as text or as bytes, and how much there is", async () => {
  const post = async (content: string) => {
    const length = `Content-Length: ${new TextEncoder().encode(content).length}`;
    const { body } = await ask("POST /", [HTML, length], content);
    return { text: new TextDecoder().decode(body) };
  };
  const { text } = await post("a=<1>&b=\u00e9");
  assertStringIncludes(text, "\n\na=&lt;1&gt;&amp;b=\u00e9</code>");
  assertStringIncludes(text, "with 10 bytes of content.");
  assertStringIncludes(
    (await post("\0\x01ABC")).text,
    `\n0000  ${"00 01 41 42 43".padEnd(47)}  ..ABC</code>`,
  );
  const long = await post("\u20ac".repeat(10_000));
  assertStringIncludes(long.text, "with 30000 bytes of content, of which the first 16384 are shown.");
  assertEquals(long.text.split("\u20ac").length - 1, Math.floor(16_384 / 3));
  assertStringIncludes(
    (await post("\0".repeat(1000))).text,
    "with 1000 bytes of content, of which the first 512 are shown.",
  );
});

Deno.test("the page tells the runtime, the version, the accept way and the uptime", async () => {
  const end = tellFigures("page_test facts", () => ({ ...STATS, accept: "dispatch" }));
  const { text } = await ask("GET /", [HTML], "", { ...STATE, figures: "page_test facts" });
  end();
  assertStringIncludes(text, `<dt>Runtime</dt><dd>Deno ${Deno.version.deno}</dd>`);
  assertMatch(text, /<dt>Version<\/dt><dd>\d+\.\d+\.\d+<\/dd>/);
  assertStringIncludes(text, "<dt>Accept way</dt><dd>dispatch</dd>");
  assertMatch(text, /<dd id="uptime" data-seconds="9\d">9\d s<\/dd>/);
  for (const line of ["curl --data &quot;Hello&quot; http://localhost/", "&gt; app.ts", "app.ts --watch"]) {
    assertStringIncludes(text, line);
  }
});

Deno.test("the page answers to no name that another web page could have", async () => {
  const statusFor = async (host: string, state: PageState | undefined) => {
    await using listening = await Server.http("127.0.0.1:0").handle(pageHandler({ state, thread: 0 }));
    using client = await RawClient.connect((listening.address as { port: number }).port);
    await client.send(`GET /stats HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return (await client.readResponse()).status;
  };
  const state = { ...STATE, figures: "page_test hosts" };
  using _end = { [Symbol.dispose]: tellFigures("page_test hosts", () => STATS) };
  for (
    const host of [
      "localhost",
      "LOCALHOST:80",
      "app.localhost:1",
      "127.0.0.1:8080",
      "[::1]:80",
      "Box.Example:80",
    ]
  ) {
    assertEquals(await statusFor(host, state), 200, host);
  }
  for (
    const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "box.example.evil",
      "xlocalhost",
    ]
  ) {
    assertEquals(await statusFor(host, state), 421, host);
    assertEquals(await statusFor(host, undefined), 421, host);
    assertEquals(await statusFor(host, { ...state, anyHost: true }), 200, host);
  }
});

Deno.test("HEAD has the fields of the page alone", async () => {
  const { status, body, header } = await ask("HEAD /", [HTML]);
  assertEquals([status, body.length], [200, 0]);
  assert(Number(header("content-length")) > 1000);
});
