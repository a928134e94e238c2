import { assert, assertEquals, assertMatch } from "@std/assert";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { head, RawClient } from "../behaviour/raw_client.ts";
import { honoApp, removeApp } from "./hono_package.ts";

type Check = (origin: string, port: number, runtime: string) => Promise<void>;

async function json(url: string, init?: RequestInit): Promise<unknown> {
  return await (await fetch(url, init)).json();
}

const CHECKS: Readonly<Record<string, Check>> = {
  "routes, parameters and JSON": async (origin) => {
    const hello = await fetch(origin);
    assertEquals([await hello.text(), hello.headers.get("x-served-by")], ["Hello, Hono!", "hono"]);
    assertMatch(hello.headers.get("content-type")!, /^text\/plain/);
    assertEquals(await json(`${origin}/users/7?sort=name`), { id: "7", sort: "name" });
    const headers = { "user-agent": "test", "content-type": "application/json" };
    const made = await fetch(`${origin}/users`, { method: "POST", body: '{"name":"Ada"}', headers });
    assertEquals([made.status, await made.json()], [201, { name: "Ada", agent: "test" }]);
  },
  "the client's address, as hono/bun and hono/deno look for it": async (origin, _, runtime) => {
    // Hono has none for Node that does not come from its own server.
    if (runtime.startsWith("node")) return;
    const { port, ...remote } = await json(`${origin}/address`) as Record<string, unknown>;
    const expected = runtime === "bun" ? { addressType: "IPv4" } : { transport: "tcp" };
    assertEquals([typeof port, remote], ["number", { address: "127.0.0.1", ...expected }]);
  },
  "forms": async (origin) => {
    const body = new FormData();
    body.set("a", "1");
    assertEquals(await json(`${origin}/form`, { method: "POST", body }), { a: "1" });
  },
  "statuses": async (origin) => {
    const status = async (path: string) => {
      const response = await fetch(origin + path, { redirect: "manual" });
      return [response.status, await response.text()];
    };
    assertEquals(await status("/page"), [200, "<h1>Hello</h1>"]);
    assertEquals(await status("/nothing"), [204, ""]);
    assertEquals(await status("/elsewhere"), [302, ""]);
    assertEquals(await status("/no/such/route"), [404, "404 Not Found"]);
    assertEquals(await status("/throws"), [500, "Internal Server Error"]);
  },
  "HEAD": async (origin) => {
    const response = await fetch(origin, { method: "HEAD" });
    assertEquals([response.status, await response.text()], [200, ""]);
  },
  "middleware that reads the response": async (origin) => {
    const response = await fetch(`${origin}/tagged/text`);
    assertEquals(await response.text(), "tagged");
    const tag = response.headers.get("etag")!;
    const again = await fetch(`${origin}/tagged/text`, { headers: { "if-none-match": tag } });
    assertEquals([again.status, await again.text()], [304, ""]);
  },
  "several cookies": async (origin) => {
    const response = await fetch(`${origin}/cookies`, { headers: { cookie: "given=yes" } });
    assertEquals(await response.text(), "yes");
    assertEquals(response.headers.getSetCookie(), ["a=1; Path=/", "b=2; Path=/b"]);
  },
  "streams": async (origin, port) => {
    assertEquals(await (await fetch(`${origin}/text`)).text(), "first\nlast");
    using client = await RawClient.connect(port);
    await client.send(head("GET /stream"));
    assertEquals((await client.readResponse()).chunks, ["one ", "two ", "three"]);
    const body = "x".repeat(1 << 20);
    assertEquals(await (await fetch(`${origin}/echo`, { method: "POST", body })).text(), body);
  },
  "server-sent events": async (origin) => {
    const response = await fetch(`${origin}/events`);
    assertMatch(response.headers.get("content-type")!, /^text\/event-stream/);
    const events = (await response.text()).trim().split("\n\n");
    assertEquals(events.length, 3);
    assertEquals(events[2]!.split("\n").sort(), ["data: tick 2", "event: tick", "id: 2"]);
  },
  "events that nobody listens to any more": async (origin, port) => {
    const client = await RawClient.connect(port);
    await client.send(head("GET /events?count=100000&name=gone"));
    await client.readHead();
    client.close();
    // On several threads only one of them knows.
    for (let turn = 0; turn < 250; turn++) {
      const response = await fetch(`${origin}/aborted`, { headers: { connection: "close" } });
      const aborted: string[] = await response.json();
      if (aborted.includes("gone")) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert(false, "the app was not told");
  },
};

for (const runtime of runtimes()) {
  for (const threads of [1, 2]) {
    Deno.test(`a Hono app is served unchanged on ${runtime.name}, threads: ${threads}`, async (t) => {
      const app = await honoApp(runtime);
      try {
        const script = new URL("./hono_server.ts", import.meta.url);
        await using server = await startFixture(runtime, script, [app.href, `${threads}`]);
        for (const [name, check] of Object.entries(CHECKS)) {
          await t.step(name, () => check(`http://127.0.0.1:${server.port}`, server.port, runtime.name));
        }
        assertEquals(server.stderr.filter((line) => line.startsWith("TypeError")), []);
      } finally {
        await removeApp(app);
      }
    });
  }
}
