import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { Server, type ServerStats, type ThreadStats } from "../../mod.ts";
import { combine, metrics, metricsMemory } from "../../src/observe.ts";
import { DELAY_BOUNDS } from "../../src/observe/metrics_memory.ts";
import type { WatchedServer } from "../../src/observe/server_metrics.ts";
import { startFixture } from "../support/fixture.ts";
import { assertTable } from "../support/readme_table.ts";
import { runtimes } from "../support/runtimes.ts";
import { type ParsedMetric, parseMetrics } from "./parsed_metrics.ts";
import { record } from "./record.ts";

const NO_STATS: ThreadStats = {
  openConnections: 0,
  acceptedConnections: 0,
  requests: 0,
  responses: { "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0 },
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  errors: 0,
  restarts: 0,
};

function server(stats: ServerStats, differences: Partial<WatchedServer> = {}): WatchedServer {
  return {
    address: { hostname: "127.0.0.1", port: 8080 },
    ready: true,
    closed: new Promise(() => {}),
    stats: () => stats,
    ...differences,
  };
}

Deno.test("metrics() shows the statistics of watched servers by address and thread", () => {
  using figures = metrics({ eventLoop: false });
  const acceptor = { ...NO_STATS, openConnections: 3, acceptedConnections: 9, bytesIn: 500, bytesOut: 900 };
  const busy = { ...NO_STATS, requests: 7, errors: 2, restarts: 1, messagesIn: 5, messagesOut: 6 };
  const watched = server({ threads: [NO_STATS, busy], acceptor });
  assert(figures.watch(watched) === watched, "The server is returned");
  figures.watch(server({ threads: [NO_STATS] }, { address: { path: "/run/app.sock" }, ready: false }));
  figures.watch(server({ threads: [] }, { address: { hostname: "::1", port: 1 } }));
  const families = parseMetrics(figures.text());
  const thread = (name: string) =>
    families[name]!.map(({ labels, value }) => [labels?.address, labels?.thread, value]);
  assertEquals(thread("handoff_requests_total"), [
    ["127.0.0.1:8080", "0", "0"],
    ["127.0.0.1:8080", "1", "7"],
    ["127.0.0.1:8080", "acceptor", "0"],
    ["unix:/run/app.sock", "0", "0"],
  ]);
  assertEquals(thread("handoff_open_connections")[2], ["127.0.0.1:8080", "acceptor", "3"]);
  assertEquals(thread("handoff_accepted_connections_total")[2]![2], "9");
  assertEquals(thread("handoff_received_bytes_total")[2]![2], "500");
  assertEquals(thread("handoff_sent_bytes_total")[2]![2], "900");
  assertEquals(thread("handoff_errors_total")[1]![2], "2");
  assertEquals(thread("handoff_thread_restarts_total")[1]![2], "1");
  assertEquals(thread("handoff_received_messages_total")[1]![2], "5");
  assertEquals(thread("handoff_sent_messages_total")[1]![2], "6");
  assertEquals(families["handoff_ready"], [
    { labels: { address: "127.0.0.1:8080" }, value: "1" },
    { labels: { address: "unix:/run/app.sock" }, value: "0" },
    { labels: { address: "[::1]:1" }, value: "1" },
  ]);
});

for (const settle of ["resolve", "reject"] as const) {
  Deno.test(`metrics() drops a watched server whose closed promise ${settle}s`, async () => {
    using figures = metrics({ eventLoop: false });
    const closed = Promise.withResolvers<void>();
    figures.watch(server({ threads: [NO_STATS] }, { closed: closed.promise }));
    assertEquals(parseMetrics(figures.text())["handoff_ready"]!.length, 1);
    closed[settle](new Error("It had to stop") as never);
    await closed.promise.catch(() => {});
    assertEquals(parseMetrics(figures.text())["handoff_ready"], []);
  });
}

Deno.test("metrics() samples how long the event loop is held up, until it is disposed of", async () => {
  const memory = metricsMemory(2);
  const figures = metrics({ memory, thread: 1 });
  const deadline = performance.now() + 10_000;
  let slow = 0;
  while (slow === 0) {
    assert(performance.now() < deadline, "A delay of 0.15 s was not counted within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 25));
    for (const until = performance.now() + 170; performance.now() < until;);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { buckets = {}, count = "0" } = delays();
    slow = Number(count) - Number(buckets["0.1"] ?? 0);
  }
  assertStringIncludes(figures.text(), 'handoff_event_loop_delay_seconds_count{thread="1"} ');
  assertEquals(Object.keys(delays().buckets!).length, DELAY_BOUNDS.length + 1);
  figures[Symbol.dispose]();
  const { count } = delays();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assertEquals(delays().count, count, "It goes on sampling");

  // The parser does not tell the labels of a histogram.
  function delays(): ParsedMetric {
    return parseMetrics(figures.text())["handoff_event_loop_delay_seconds"]![0] ?? {};
  }
});

Deno.test("metrics() adds the families of the program", () => {
  using figures = metrics({
    eventLoop: false,
    families: () => [{ name: "app_users", help: "Users.", type: "gauge", samples: [{ value: 4 }] }],
  });
  assertEquals(parseMetrics(figures.text())["app_users"], [{ value: "4" }]);
  using twice = metrics({
    eventLoop: false,
    families: () => [{ name: "handoff_ready", help: "", type: "gauge", samples: [] }],
  });
  assertThrows(() => twice.text(), TypeError, "handoff_ready");
});

Deno.test("metrics() refuses what is not a record, and a thread that the memory does not have", () => {
  using figures = metrics({ eventLoop: false });
  assertThrows(() => figures({} as never), TypeError, "not a record of onResponse");
  assertThrows(() => metrics({ memory: metricsMemory(2), thread: 2 }), RangeError, "2 threads");
  for (const threads of [0, -1, 1.5, NaN]) assertThrows(() => metricsMemory(threads), RangeError);
});

Deno.test("metrics() answers GET and HEAD, as a handler and as a Fetch handler", async () => {
  using figures = metrics({ eventLoop: false });
  figures(record());
  await using page = await Server.http("127.0.0.1:0").handle(figures.handler);
  const ask = async (response: Response | Promise<Response>) => {
    const { status, headers } = await response;
    const text = await (await response).text();
    return { status, type: headers.get("content-type"), allow: headers.get("allow"), text };
  };
  const get = { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", allow: null };
  const refused = { status: 405, type: null, allow: "GET, HEAD", text: "" };
  const url = new URL("/metrics", page.url);
  assertEquals(await ask(fetch(url)), { ...get, text: figures.text() });
  assertEquals(await ask(fetch(url, { method: "HEAD" })), { ...get, text: "" });
  assertEquals(await ask(fetch(url, { method: "POST", body: "x" })), refused);
  assertEquals(await ask(figures.fetch(new Request(url))), { ...get, text: figures.text() });
  assertEquals(await ask(figures.fetch(new Request(url, { method: "HEAD" }))), { ...get, text: "" });
  assertEquals(await ask(figures.fetch(new Request(url, { method: "POST" }))), refused);
});

Deno.test("combine() calls every listener in order, and throws the first error once all were called", () => {
  const calls: string[] = [];
  const failing = (name: string) => () => {
    calls.push(name);
    throw new Error(name);
  };
  const listener = combine(failing("a"), () => void calls.push("b"), failing("c"));
  assertThrows(() => listener(record()), Error, "a");
  assertEquals(calls, ["a", "b", "c"]);
  combine()(record());
});

Deno.test("README.md of src/observe lists each metric with its type, labels and help", () => {
  using figures = metrics({ memory: metricsMemory(1), eventLoop: true });
  figures(record());
  figures.watch(server({ threads: [NO_STATS] }));
  const text = figures.text();
  const rows = Array.from(text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n([^#]*)/gm), (match) => {
    const [, name = "", help = "", type = "", samples = ""] = match;
    // No delay has been sampled yet.
    const labels = name === "handoff_event_loop_delay_seconds"
      ? ["thread"]
      : [...new Set(Array.from(samples.matchAll(/(\w+)="/g), ([, label = ""]) => label))];
    return [`\`${name}\``, type, labels.filter((label) => label !== "le").join(", "), help];
  });
  assert(rows.length > 10, "The text has no metrics");
  const readme = new URL("../../src/observe/README.md", import.meta.url);
  assertTable(readme, "metrics", [["metric", "type", "labels", "value"], ...rows]);
});

for (const runtime of runtimes()) {
  Deno.test(`an access log and metrics see each response of a server (${runtime.name})`, async () => {
    await using fixture = await startFixture(runtime, new URL("./observed_server.ts", import.meta.url));
    const origin = `http://127.0.0.1:${fixture.port}`;
    const statuses: number[] = [];
    for (const path of ["/", "/", "/missing", "/throws"]) {
      const response = await fetch(origin + path);
      statuses.push(response.status);
      await response.body?.cancel();
    }
    assertEquals(statuses, [200, 200, 404, 500]);
    const sent = await fetch(`${origin}/echo`, { method: "POST", body: "x".repeat(1000) });
    assertEquals((await sent.text()).length, 1000);
    using bad = await Deno.connect({ hostname: "127.0.0.1", port: fixture.port });
    await bad.write(new TextEncoder().encode("nonsense\r\n\r\n"));
    const answer = new Uint8Array(12);
    await bad.read(answer);
    assertEquals(new TextDecoder().decode(answer), "HTTP/1.1 400");

    const text = await (await fetch(`${origin}/metrics`)).text();
    const families = parseMetrics(text);
    assertEquals(families["handoff_responses_total"], [
      { labels: { method: "GET", class: "2xx" }, value: "2" },
      { labels: { method: "GET", class: "4xx" }, value: "1" },
      { labels: { method: "GET", class: "5xx" }, value: "1" },
      { labels: { method: "POST", class: "2xx" }, value: "1" },
      { labels: { method: "none", class: "4xx" }, value: "1" },
    ]);
    assertEquals(families["handoff_response_duration_seconds"]![0]!.count, "6");
    assertEquals(families["handoff_request_content_bytes_total"], [{ value: "1000" }]);
    assertEquals(families["handoff_failed_responses_total"], [{ value: "2" }]);
    const [threads] = families["handoff_requests_total"]!;
    assertEquals(threads, { labels: { address: `127.0.0.1:${fixture.port}`, thread: "0" }, value: "6" });
    assertEquals(families["handoff_errors_total"]![0]!.value, "1");
    assertStringIncludes(text, 'handoff_event_loop_delay_seconds_bucket{thread="0",le="+Inf"}');

    const log = (await (await fetch(`${origin}/log`)).text()).split("\n");
    const requests = log.map((line) => / "(.*?)" (\d+) /.exec(line)?.slice(1).join(" "));
    assertEquals(requests.slice(0, 6), [
      "GET / HTTP/1.1 200",
      "GET / HTTP/1.1 200",
      "GET /missing HTTP/1.1 404",
      "GET /throws HTTP/1.1 500",
      "POST /echo HTTP/1.1 200",
      "- 400",
    ]);
    assertMatch(log[0]!, /^127\.0\.0\.1 - - \[/);
    assertEquals(await fixture.stop(), 0);
    assertEquals(fixture.stderr, []);
  });
}
