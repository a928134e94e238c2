import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Milliseconds after which a program counts as hung. */
const PATIENCE = 60_000;

/** The checkout as a registry serves it: TypeScript by HTTP. */
class Registry implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Where Deno keeps what it loads from here. */
  readonly #cache = Deno.makeTempDirSync({ prefix: "handoff_remote_" });

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname } = new URL(request.url);
      if (!/^\/(?:mod|src\/.+|tests\/.+)(?:\.ts)?$/.test(pathname)) {
        return new Response(null, { status: 404 });
      }
      try {
        const file = await Deno.open(new URL(`.${pathname}`, ROOT));
        return new Response(file.readable, { headers: { "content-type": "application/typescript" } });
      } catch {
        return new Response(null, { status: 404 });
      }
    });
  }

  /** The URL of a file of the checkout. */
  url(path: string): string {
    return `http://127.0.0.1:${this.#server.addr.port}/${path}`;
  }

  /** Starts a program on Deno that loads the library from here. */
  start(script: string, ...args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-config", "--no-lock", script, ...args],
      env: { DENO_DIR: this.#cache, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a program to its end: the lines that it printed. */
  async run(script: string, ...args: readonly string[]): Promise<string[]> {
    const process = this.start(script, ...args);
    const timer = setTimeout(() => process.kill("SIGKILL"), PATIENCE);
    const { code, signal, stdout, stderr } = await process.output();
    clearTimeout(timer);
    const decoder = new TextDecoder();
    assertEquals([code, signal, decoder.decode(stderr)], [0, null, ""], script);
    return decoder.decode(stdout).split("\n").filter((line) => line !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.#cache, { recursive: true });
  }
}

/** A program of the user's own, on disk, that loads the library from the registry. */
function localProgram(registry: Registry): { readonly script: string } & Disposable {
  const folder = Deno.makeTempDirSync({ prefix: "handoff_program_" });
  const mod = JSON.stringify(registry.url("mod.ts"));
  Deno.writeTextFileSync(
    `${folder}/handler.ts`,
    `import { perThread } from ${mod};
export default perThread<{ text: string }>(({ state, thread }) => (_req, res) => res.send(state.text + thread));`,
  );
  Deno.writeTextFileSync(
    `${folder}/main.ts`,
    `import { Server } from ${mod};
for (const options of [{ threads: 1 }, { threads: 2, accept: "reusePort" }, { threads: 2, accept: "dispatch" }]) {
  const listening = await Server.http("127.0.0.1:0").handle(new URL("./handler.ts", import.meta.url), {
    ...options,
    state: { text: "thread " },
  });
  const answer = await fetch(\`http://127.0.0.1:\${listening.address.port}/\`);
  console.log(listening.accept, await answer.text());
  await listening.close();
}`,
  );
  return {
    script: `${folder}/main.ts`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("a program on Deno that imports the library by HTTP runs its handler module in each way", async () => {
  await using registry = new Registry();
  using program = localProgram(registry);
  const lines = await registry.run(program.script);
  assertEquals(lines.length, 3);
  assertEquals(lines[0], "single thread 0");
  assertMatch(lines[1]!, /^reusePort thread [01]$/);
  assertMatch(lines[2]!, /^dispatch thread [01]$/);
});

for (const way of ["reusePort", "dispatch"]) {
  Deno.test(`a single-file program on Deno that is itself imported by HTTP runs on every core (${way})`, async () => {
    await using registry = new Registry();
    const [line = ""] = await registry.run(registry.url("tests/threads/joined_program.ts"), way, "2");
    const { threads, accept, answers } = JSON.parse(line);
    assertEquals([threads, accept], [2, way]);
    for (const answer of answers) assertMatch(answer, /^other \d+$/);
  });
}

Deno.test("the handoff command on Deno, imported by HTTP, serves its page and a module on every core", async () => {
  await using registry = new Registry();
  const handler = fileURLToPath(new URL("./modules/function.ts", import.meta.url));
  for (const [args, text] of [[[], /^GET \/tea HTTP\/1\.1\n/], [[handler], /^a function$/]] as const) {
    const process = registry.start(registry.url("src/cli.ts"), ...args, "--port", "0", "--threads", "2");
    const timer = setTimeout(() => process.kill("SIGKILL"), PATIENCE);
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value: line = "" } = await lines.read();
    const [, url] = /Listening on (http:\S+) \(2 threads/.exec(line) ?? [];
    assert(url !== undefined, line || await new Response(process.stderr).text());
    assertMatch(await (await fetch(`${url}tea`)).text(), text);
    if (args.length === 0) {
      assertEquals((await (await fetch(`${url}stats`)).json()).threads.length, 2);
    }
    process.kill("SIGINT");
    while (!(await lines.read()).done);
    assertEquals((await process.status).code, 0);
    clearTimeout(timer);
    await process.stderr.cancel();
  }
});
