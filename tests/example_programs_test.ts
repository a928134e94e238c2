import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Server } from "../mod.ts";
import { chunk, head, LAST_CHUNK, RawClient } from "./behaviour/raw_client.ts";
import { TempFolder } from "./behaviour/temp_folder.ts";
import { ExampleProgram } from "./example_program.ts";
import { installHono } from "./fetch/hono_package.ts";
import { installPackages } from "./fetch/npm_packages.ts";
import { plainRuntimes, type Runtime } from "./support/runtimes.ts";

const EXAMPLES = new URL("../scripts/examples/", import.meta.url);

function scriptOf(name: string): string {
  return fileURLToPath(new URL(`${name}.ts`, EXAMPLES));
}

function body(value: unknown, method = "POST"): RequestInit {
  return { method, body: JSON.stringify(value) };
}

async function answer(url: string, init?: RequestInit): Promise<[number, unknown]> {
  const response = await fetch(url, init);
  const text = await response.text();
  return [response.status, text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text];
}

/** Ends a program in the way an operator does, and sees that it ends well. */
async function endWell(program: ExampleProgram): Promise<void> {
  program.terminate();
  assertEquals(await program.exit(), 0);
  assertEquals(program.stderr, []);
}

/** Uses each program, by its name. */
const PROGRAMS: Readonly<Record<string, (runtime: Runtime) => Promise<void>>> = {
  async json_api(runtime) {
    await using program = await ExampleProgram.start(runtime, scriptOf("json_api"));
    const notes = `${program.origin}/notes`;
    const help = { error: 'Send { "text": "1 to 1000 characters" }' };
    assertEquals(await answer(notes), [200, []]);
    assertEquals(await answer(notes, body({ text: "buy tea" })), [201, { id: 1, text: "buy tea" }]);
    assertEquals(await answer(notes, body({ text: "" })), [400, help]);
    assertEquals(await answer(notes, { method: "POST", body: "{" }), [400, help]);
    assertEquals(await answer(notes, { method: "POST", body: "null" }), [400, help]);
    assertEquals(await answer(`${notes}/1`, body({ text: "drink it" }, "PUT")), [200, {
      id: 1,
      text: "drink it",
    }]);
    assertEquals(await answer(notes), [200, [{ id: 1, text: "drink it" }]]);
    assertEquals(await answer(`${notes}/1`, { method: "DELETE" }), [204, ""]);
    assertEquals(await answer(`${notes}/1`), [404, { error: "No such note" }]);
    assertEquals(await answer(program.origin), [404, { error: "No such resource" }]);
    assertEquals(await answer(notes, { method: "DELETE" }), [405, { error: "Method not allowed" }]);
    assertEquals((await answer(notes, { method: "POST", body: "x".repeat(65_537) }))[0], 413);
    await endWell(program);
  },

  async upload_download(runtime) {
    await using folder = await TempFolder.make();
    await using program = await ExampleProgram.start(runtime, scriptOf("upload_download"), [folder.path]);
    const content = crypto.getRandomValues(new Uint8Array(60_000));
    const whole = new Blob(Array(20).fill(content));
    const { origin } = program;
    assertEquals(await answer(`${origin}/a.bin`, { method: "PUT", body: whole }), [201, ""]);
    const download = await fetch(`${origin}/a.bin`);
    assertEquals(download.headers.get("content-disposition"), "attachment");
    assertEquals(await download.bytes(), await whole.bytes());
    const part = await fetch(`${origin}/a.bin`, { headers: { range: "bytes=-60000" } });
    assertEquals([part.status, await part.bytes()], [206, content]);
    assertEquals(await answer(origin), [200, "a.bin\n"]);
    for (const path of ["/.hidden", "/a/b", "/..%2fa", "/%2e%2e"]) {
      assertEquals(await answer(origin + path, { method: "PUT", body: "x" }), [404, ""], path);
    }
    assertEquals(await answer(`${origin}/a.bin`, { method: "POST", body: "x" }), [405, ""]);
    assertEquals(await answer(`${origin}/a.bin`, { method: "DELETE" }), [204, ""]);
    assertEquals(await answer(`${origin}/a.bin`), [404, ""]);

    // One that is given up leaves nothing, one that is under way when the program is to end is completed.
    const lost = await RawClient.connect(program.port);
    await lost.send(head("PUT /lost.bin", "Content-Length: 100") + "half");
    await untilFiles(folder.path, 1);
    lost.close();
    await untilFiles(folder.path, 0);
    using client = await RawClient.connect(program.port);
    await client.send(head("PUT /last.txt", "Transfer-Encoding: chunked") + chunk("one "));
    await untilFiles(folder.path, 1);
    program.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.send(chunk("two") + LAST_CHUNK);
    assertEquals((await client.readResponse()).status, 201);
    assertEquals(await program.exit(), 0);
    assertEquals(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["last.txt"]);
    assertEquals(await Deno.readTextFile(`${folder.path}/last.txt`), "one two");
    assertEquals(program.stderr, []);
  },

  async events(runtime) {
    await using program = await ExampleProgram.start(runtime, scriptOf("events"));
    const { origin } = program;
    assert((await (await fetch(origin)).text()).includes("EventSource"));
    const clients = await Promise.all([0, 1].map(async () => {
      const client = await RawClient.connect(program.port);
      await client.send(head("GET /events", "Accept: text/event-stream"));
      assertEquals((await client.readHead()).header("content-type"), "text/event-stream");
      return client;
    }));
    assertEquals(await answer(origin, { method: "POST", body: "Hello\nWorld" }), [200, "Sent to 2\n"]);
    program.terminate();
    for (const client of clients) {
      const text = await client.readToEnd();
      assert(text.includes("id: 1\ndata: Hello\ndata: World\n\n"), text);
      assert(text.endsWith("0\r\n\r\n"), "The stream is ended, not cut");
      client.close();
    }
    assertEquals(await program.exit(), 0);
    assertEquals(program.stderr, []);
  },

  async reverse_proxy(runtime) {
    const received: string[] = [];
    await using upstream = await Server.http("127.0.0.1:0").handle(async (req, res) => {
      received.push(`${req.method} ${req.uri.raw}`);
      res.headers.set("x-seen", `${req.headers.get("x-forwarded-for")} ${req.headers.get("x-hop")}`);
      if (req.headers.has("upgrade")) {
        const { readable, writable } = await res.upgrade();
        return await readable.pipeTo(writable);
      }
      res.headers.append("set-cookie", "a=1");
      res.headers.append("set-cookie", "b=2");
      await req.body.pipeTo(res.start().writable);
    });
    const upstreamOrigin = `http://127.0.0.1:${(upstream.address as { port: number }).port}`;
    await using program = await ExampleProgram.start(runtime, scriptOf("reverse_proxy"), [upstreamOrigin]);

    const content = crypto.getRandomValues(new Uint8Array(65_536));
    const whole = new Blob(Array(50).fill(content));
    const echo = await fetch(`${program.origin}/a%2Fb?c=d`, { method: "POST", body: whole });
    assertEquals(echo.status, 200);
    assertEquals(echo.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(await echo.bytes(), await whole.bytes());
    assertEquals(received.splice(0), ["POST /a%2Fb?c=d"]);

    using client = await RawClient.connect(program.port);
    await client.send(head("GET /", "Connection: x-hop", "X-Hop: secret", "X-Forwarded-For: 192.0.2.1"));
    const got = await client.readResponse();
    assertEquals([got.status, got.header("x-seen")], [200, "192.0.2.1, 127.0.0.1 null"]);

    await client.send(head("GET /socket", "Connection: Upgrade", "Upgrade: raw") + "early ");
    const switched = await client.readHead();
    assertEquals([switched.status, switched.header("upgrade")], [101, "raw"]);
    assertEquals(await client.readText(6), "early ");
    await client.send("late");
    assertEquals(await client.readText(4), "late");
    client.close();

    await upstream.close({ deadline: 1000 });
    assertEquals(await answer(program.origin), [502, ""]);
    await endWell(program);
  },

  async opentelemetry(runtime) {
    await using folder = await TempFolder.make();
    const packages = ["@opentelemetry/api", "@opentelemetry/sdk-trace-node"];
    await using program = await ExampleProgram.start(
      runtime,
      await withPackages(
        runtime,
        folder.path,
        "opentelemetry",
        await installPackages(packages.map(versionOf)),
      ),
    );
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, "user-agent": "test/1.0" };
    assertEquals(await answer(`${program.origin}/tea?hot=1`, { headers }), [200, `Trace ${traceId}\n`]);
    assertEquals((await answer(`${program.origin}/fails`))[0], 500);
    program.terminate();
    assertEquals(await program.exit(), 0);

    // Requests may end in any order with the spans of the program's own.
    const spans = program.stderr.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    const [tea, fails] = ["/tea", "/fails"].map((path) =>
      spans.find(({ attributes }) => attributes["url.path"] === path)
    );
    assertEquals([tea.name, tea.kind, tea.traceId], ["GET", "SERVER", traceId]);
    assertEquals([tea.parent, tea.status], ["00f067aa0ba902b7", 0]);
    assertEquals(tea.attributes, {
      "http.request.method": "GET",
      "url.scheme": "http",
      "url.path": "/tea",
      "url.query": "hot=1",
      "server.address": "127.0.0.1",
      "server.port": program.port,
      "client.address": "127.0.0.1",
      "network.protocol.version": "1.1",
      "user_agent.original": "test/1.0",
      "http.response.status_code": 200,
    });
    const work = spans.find(({ name, traceId: of }) => name === "work" && of === traceId);
    assertEquals([work.kind, work.parent], ["INTERNAL", tea.spanId]);
    assertEquals([fails.parent, fails.status], [null, 2]);
    assertEquals(fails.attributes["error.type"], "TypeError");
    assertEquals(fails.attributes["http.response.status_code"], 500);
    assertEquals(spans.length, 3);
  },

  async hono_app(runtime) {
    await using folder = await TempFolder.make();
    const script = await withPackages(runtime, folder.path, "hono_app", await installHono());
    await using program = await ExampleProgram.start(runtime, script);
    const { origin } = program;
    assertEquals(await answer(origin), [200, "<h1>Hello, Hono!</h1>"]);
    assertEquals(await answer(`${origin}/hello/Ada`), [200, { hello: "Ada" }]);
    assertEquals(await answer(`${origin}/sum`, body([1, 2, 3.5])), [200, { sum: 6.5 }]);
    assertEquals(await answer(`${origin}/sum`, body("no")), [400, { error: "Send a list of numbers" }]);
    assertEquals((await answer(`${origin}/assets/hono_app.ts`))[0], 200);
    assertEquals((await answer(`${origin}/assets/missing.ts`))[0], 404);
    await endWell(program);
  },
};

/** Waits until there are so many files in a folder. */
async function untilFiles(folder: string, count: number): Promise<void> {
  const deadline = performance.now() + 5000;
  while (Array.from(Deno.readDirSync(folder)).length !== count) {
    if (performance.now() > deadline) throw new Error(`There are not ${count} files in ${folder} in time`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A package with the version that `deno.json` has. */
function versionOf(name: string): string {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  return imports[name].replace(/^npm:/, "");
}

/**
 * A program where the runtime finds its packages: Deno by `deno.json`, Bun and Node beside a folder
 * `node_modules`.
 */
async function withPackages(
  runtime: Runtime,
  folder: string,
  name: string,
  packages: string,
): Promise<string> {
  const script = scriptOf(name);
  if (runtime.name === "deno") return script;
  const text = await Deno.readTextFile(script);
  const path = `${folder}/${name}.ts`;
  await Deno.writeTextFile(path, text.replaceAll('"../../', `"${new URL("../", import.meta.url)}`));
  await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }\n');
  await Deno.symlink(`${packages}/node_modules`, `${folder}/node_modules`);
  return path;
}

for (const runtime of plainRuntimes()) {
  for (const [name, use] of Object.entries(PROGRAMS)) {
    Deno.test(`scripts/examples/${name}.ts works, and drains when it is told to end (${runtime.name})`, () => {
      return use(runtime);
    });
  }
}

Deno.test("each program of scripts/examples is tested and listed in its README", async () => {
  const names = Array.from(Deno.readDirSync(EXAMPLES), ({ name }) => name).filter((name) =>
    name.endsWith(".ts")
  );
  assertEquals(names.sort(), Object.keys(PROGRAMS).map((name) => `${name}.ts`).sort());
  const readme = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  for (const name of names) assert(readme.includes(`[${name}](${name})`), `README.md does not list ${name}`);
});
