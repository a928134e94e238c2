import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { head, RawClient } from "./behaviour/raw_client.ts";
import { Command, type Ended } from "./cli/command.ts";
import { plainRuntimes, type Runtime, runtimes } from "./support/runtimes.ts";

const SLOW = fileURLToPath(new URL("./cli/slow_handler.ts", import.meta.url));

const portOf = (url: string) => Number(new URL(url).port);

async function run(runtime: Runtime, ...args: string[]): Promise<Ended> {
  await using command = new Command(runtime, args);
  return await command.end();
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Asks until somebody answers, for 20 seconds at most. */
async function fetchWhenUp(url: string): Promise<Response> {
  const from = performance.now();
  for (;;) {
    try {
      return await fetch(url, { headers: { connection: "close" } });
    } catch (error) {
      if (performance.now() - from > 20_000) throw new Error(`Nobody answers at ${url}`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A server, and a request to it that takes so many milliseconds and is under way. */
async function busy(runtime: Runtime, takes: number, ...args: string[]) {
  const command = new Command(runtime, [SLOW, "--port", "0", ...args]);
  const client = await RawClient.connect(portOf(await command.url()));
  await client.send(head(`GET /slow?${takes}`));
  assertEquals((await client.readHead()).status, 103);
  return {
    command,
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      await command[Symbol.asyncDispose]();
    },
  };
}

const CHECKS: Readonly<Record<string, (runtime: Runtime) => Promise<void>>> = {
  "--version prints the version of deno.json": async (runtime) => {
    const { version } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
    for (const flag of ["--version", "-v"]) {
      assertEquals(await run(runtime, flag), { code: 0, stdout: `${version}\n`, stderr: "" });
    }
  },
  "--help prints every option": async (runtime) => {
    const { code, stdout, stderr } = await run(runtime, "--help", "--port", "1");
    assertEquals([code, stderr], [0, ""]);
    const options = [
      "port",
      "hostname",
      "unix",
      "cert",
      "key",
      "threads",
      "accept",
      "delay",
      "grace",
      "watch",
      "quiet",
    ];
    for (const option of [...options, "help", "version", "max-header-size", "timeout-idle"]) {
      assertMatch(stdout, new RegExp(`--${option}\\b`));
    }
    for (const line of stdout.split("\n")) assert(line.length <= 110, line);
  },
  "serves a module, and says where and how": async (runtime) => {
    const args = [SLOW, "--port", "0", "--hostname", "127.0.0.1", "--threads", "2", "--accept", "dispatch"];
    await using command = new Command(runtime, args);
    const url = await command.url();
    assertEquals(await (await fetch(url + "tea")).text(), "answer to /tea\n");
    assertEquals(command.stdout, `Listening on ${url} (2 threads, accept dispatch): ${SLOW}\n`);
  },
  "serves a module on one thread": async (runtime) => {
    await using command = new Command(runtime, [SLOW, "-p", "0", "--threads", "1"]);
    const url = await command.url();
    assertEquals(await (await fetch(url)).text(), "answer to /\n");
    assertMatch(command.stdout, / \(1 thread\): /);
  },
  "serves the page on one thread": async (runtime) => {
    await using command = new Command(runtime, ["--port=0", "--threads=1"]);
    assertEquals((await (await fetch(await command.url() + "stats")).json()).threads.length, 1);
  },
  "serves on a Unix socket": async (runtime) => {
    const path = await Deno.makeTempFile();
    await Deno.remove(path);
    await using command = new Command(runtime, [SLOW, "--unix", path, "--threads", "1"]);
    await command.written("stdout", /Listening on unix:/);
    using client = await RawClient.connect({ path });
    await client.send(head("GET /tea"));
    assertEquals((await client.readResponse()).text, "answer to /tea\n");
  },
  "a signal ends it after the request in flight": async (runtime) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await using server = await busy(runtime, 800);
      server.command.signal(signal);
      // As where the terminal and the parent both tell.
      server.command.signal(signal);
      const { status, text, header } = await server.client.readResponse();
      assertEquals([status, text, header("connection")], [200, "answer to /slow\n", "close"]);
      const { code, stderr } = await server.command.end();
      assertEquals([code, stderr], [
        0,
        "Finishing the requests in flight, for at most 10 seconds; a second signal cuts them off\n",
      ]);
    }
  },
  "--grace limits what is in flight": async (runtime) => {
    await using server = await busy(runtime, 60_000, "--grace", "0.3");
    server.command.signal("SIGTERM");
    assertEquals((await server.command.end()).code, 0);
    assertEquals(await server.client.drain(), 0);
  },
  "--delay goes on before it closes": async (runtime) => {
    await using command = new Command(runtime, [SLOW, "--port", "0", "--delay", "1.5"]);
    const url = await command.url();
    command.signal("SIGTERM");
    const [line] = await command.written("stderr", /.*\n/);
    assertEquals(
      line,
      "Going on for 1.5 seconds, then finishing the requests in flight, for at most 10 seconds; " +
        "a second signal cuts them off\n",
    );
    assertEquals(await (await fetch(url, { headers: { connection: "close" } })).text(), "answer to /\n");
    assertEquals((await command.end()).code, 0);
  },
  "--static serves the files of a folder": async (runtime) => {
    const folder = fileURLToPath(new URL("./support", import.meta.url));
    await using command = new Command(runtime, ["--static", folder, "--port", "0", "--threads", "2"]);
    const url = await command.url();
    const answer = await fetch(`${url}tls/cert.pem`);
    assertEquals([answer.status, (await answer.text()).startsWith("-----BEGIN")], [200, true]);
    const other = await fetch(`${url}%2e%2e/cli_test.ts`);
    assertEquals([other.status, await other.text()], [404, ""]);
    assertEquals((await run(runtime, "--static", "no_such_folder")).code, 2);
    assertEquals((await run(runtime, SLOW, "--static", folder)).code, 2);
  },
  "--quiet writes nothing": async (runtime) => {
    const port = freePort();
    await using command = new Command(runtime, [SLOW, "--port", `${port}`, "--quiet", "--threads", "1"]);
    assertEquals(await (await fetchWhenUp(`http://127.0.0.1:${port}/`)).text(), "answer to /\n");
    command.signal("SIGTERM");
    assertEquals(await command.end(), { code: 0, stdout: "", stderr: "" });
  },
  "PORT and HOST stand for options": async (runtime) => {
    const port = freePort();
    await using command = new Command(runtime, [SLOW, "--threads", "1"], {
      env: { PORT: `${port}`, HOST: "127.0.0.2" },
    });
    assertEquals(await command.url(), `http://127.0.0.2:${port}/`);
  },
  "--cert and --key serve over TLS": async (runtime) => {
    const [cert, key] = ["cert", "key"].map((name) =>
      fileURLToPath(new URL(`./support/tls/${name}.pem`, import.meta.url))
    );
    const args = [SLOW, "--port", "0", "--cert", cert!, "--key", key!, "--threads", "2"];
    await using command = new Command(runtime, args);
    const [, url = ""] = await command.written("stdout", /Listening on (https:\S+)/);
    const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(cert!)] });
    const answer = await fetch(url.replace("127.0.0.1", "localhost"), { client } as RequestInit);
    assertEquals(await answer.text(), "answer to /\n");
    client.close();
    const { code, stderr } = await run(runtime, SLOW, "--cert", "no_such.pem", "--key", key!);
    assertEquals(code, 2);
    assertMatch(stderr, /^handoff: Cannot read the certificate no_such\.pem: .*\nTry "handoff --help"\n$/);
  },
  "a limit and a timeout reach the server": async (runtime) => {
    const limits = ["--max-request-body-size", "1k", "--timeout-headers", "0.2"];
    await using command = new Command(runtime, [SLOW, "--port", "0", "--threads", "1", ...limits]);
    const url = await command.url();
    const statuses = [1024, 1025].map(async (size) => {
      const answer = await fetch(url, { method: "POST", body: "x".repeat(size) });
      await answer.body?.cancel();
      return answer.status;
    });
    assertEquals(await Promise.all(statuses), [200, 413]);
    using client = await RawClient.connect(portOf(url));
    await client.send("GET / HTTP/1.1\r\n");
    assertEquals((await client.readResponse()).status, 408);
  },
  "a second signal cuts it off": async (runtime) => {
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      await using server = await busy(runtime, 60_000);
      server.command.signal(signal);
      await server.command.written("stderr", /Finishing/);
      await new Promise((resolve) => setTimeout(resolve, 200));
      server.command.signal(signal);
      assertEquals((await server.command.end()).code, code);
      assertEquals(await server.client.drain(), 0);
    }
  },
};

async function servesThePage(runtime: Runtime): Promise<void> {
  await using command = new Command(runtime, ["--port", "0"]);
  const url = await command.url();
  const text = await (await fetch(url + "some/path?a=b", { headers: { "X-Own": "1" } })).text();
  assertMatch(text, /^GET \/some\/path\?a=b HTTP\/1\.1\n/);
  assertMatch(text, /\nx-own: 1\n/i);
  const { threads } = await (await fetch(url + "stats")).json();
  const [, count = "1"] = await command.written("stdout", /\((\d+) threads?/);
  assertEquals(threads.length, Number(count));
}

for (const runtime of plainRuntimes()) {
  Deno.test(`handoff on ${runtime.name} serves the page without a module, on every core`, () =>
    servesThePage(runtime));
}

for (const runtime of runtimes()) {
  Deno.test(`handoff on ${runtime.name}`, async (t) => {
    for (const [name, check] of Object.entries(CHECKS)) await t.step(name, () => check(runtime));
  });
}
