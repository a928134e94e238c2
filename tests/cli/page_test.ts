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

/** Asks a server of the page, whose figures are those above. */
async function ask(line: string, fields: string[], state: PageState | undefined = { figures: "page_test" }) {
  const close = tellFigures("page_test", () => STATS);
  await using listening = await Server.http("127.0.0.1:0").handle(pageHandler({ state, thread: 7 }));
  using client = await RawClient.connect((listening.address as { port: number }).port);
  await client.send(head(line, ...fields));
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
    /^127\.0\.0\.1 port \d+, answered by thread 7\.\n\nthread {2}open {2}accepted {2}requests {2}/,
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
  assert(!/https?:\/\/(?!www\.w3\.org)/.test(text), "something is loaded from elsewhere");
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
  assertMatch(text, /answered by thread 0\.\n\n$/);
  assertEquals(await (await fetch(`http://127.0.0.1:${port}/stats`)).json(), { threads: [] });
});

Deno.test("the page's figures are left out where nobody tells them", async () => {
  await using listening = await Server.http("127.0.0.1:0").handle(
    pageHandler({ state: { figures: "page_test nobody" }, thread: 0 }),
  );
  const { port } = listening.address as { port: number };
  assertEquals(await (await fetch(`http://127.0.0.1:${port}/stats`)).json(), { threads: [] });
});

Deno.test("HEAD has the fields of the page alone", async () => {
  const { status, body, header } = await ask("HEAD /", [HTML]);
  assertEquals([status, body.length], [200, 0]);
  assert(Number(header("content-length")) > 1000);
});
