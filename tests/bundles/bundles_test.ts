import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Runtime, runtimeOf, runtimes } from "../support/runtimes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A program with two threads that asks its server once; its files are bundled into one folder. */
const APP: Readonly<Record<string, string>> = {
  "program.js": `import { Server } from "@handoff/server";

const listening = await Server.http("127.0.0.1:0").handle(new URL("./handler.js", import.meta.url), {
  threads: 2,
  worker: new URL("./worker.js", import.meta.url),
});
const answer = await fetch(\`http://127.0.0.1:\${listening.address.port}/\`);
console.log(await answer.text());
await listening.close();
`,
  "handler.js": `import { isMainThread } from "node:worker_threads";
import { perThread } from "@handoff/server";

export default perThread(() => (_req, res) => res.send(isMainThread ? "the first thread" : "another thread"));
`,
  "worker.js": `import "@handoff/server/worker";\n`,
  "single.js": `import { Server } from "@handoff/server";

const listening = await Server.http("127.0.0.1:0").handle((_req, res) => res.send("one thread"));
const answer = await fetch(\`http://127.0.0.1:\${listening.address.port}/\`);
console.log(await answer.text());
await listening.close();
`,
  "rollup.config.js": `import resolve from "@rollup/plugin-node-resolve";

export default {
  input: ["program.js", "handler.js", "worker.js", "single.js"],
  external: /^node:/,
  plugins: [resolve({ exportConditions: ["node"] })],
  output: { dir: "out", format: "es" },
};
`,
  "vite.config.js": `export default {
  build: {
    ssr: true,
    outDir: "out",
    rollupOptions: {
      input: ["program.js", "handler.js", "worker.js", "single.js"],
      output: { entryFileNames: "[name].js" },
    },
  },
  ssr: { noExternal: true },
};
`,
};

const MODULES: readonly string[] = ["program.js", "handler.js", "worker.js", "single.js"];

/** Makes the command lines that bundle the program into the folder \`out\`. */
const BUNDLERS: Readonly<Record<string, () => readonly string[]>> = {
  esbuild: () => [
    ...["npx", "-y", "esbuild@0.25.5", ...MODULES],
    ...["--bundle", "--platform=node", "--format=esm", "--outdir=out"],
  ],
  "esbuild --splitting": () => [
    ...["npx", "-y", "esbuild@0.25.5", ...MODULES],
    ...["--bundle", "--splitting", "--platform=node", "--format=esm", "--outdir=out"],
  ],
  "bun build": () => [bun(), "build", ...MODULES, "--target=node", "--outdir=out"],
  rollup: () => ["node_modules/.bin/rollup", "--config", "rollup.config.js", "--silent"],
  vite: () => ["node_modules/.bin/vite", "build", "--logLevel=error"],
};

/** Bundlers that read their configuration from the program's own packages. */
const PACKAGES: readonly string[] = ["rollup@4.53.3", "@rollup/plugin-node-resolve@16.0.3", "vite@7.2.4"];

const decoder = new TextDecoder();

function bun(): string {
  return runtimeOf("bun").command[0]!;
}

async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    stdin: "null",
    // An end that does not come would otherwise be waited for without end.
    signal: AbortSignal.timeout(180_000),
  }).output();
  const output = decoder.decode(stdout);
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${decoder.decode(stderr)}${output}`);
  }
  return output;
}

/** Installs the npm package and the program that uses it. */
async function install(folder: string): Promise<void> {
  const built = await run(
    ROOT,
    Deno.execPath(),
    "task",
    "--quiet",
    "build:npm",
    "--builder=pack",
    `${folder}/built`,
  );
  const { tarball } = JSON.parse(built.trimEnd().split("\n").at(-1)!) as { tarball: string };
  await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }\n');
  await run(folder, "npm", "install", "--no-audit", "--no-fund", tarball, ...PACKAGES);
  for (const [path, text] of Object.entries(APP)) await Deno.writeTextFile(`${folder}/${path}`, text);
}

async function runs(folder: string, { command: [command, ...args] }: Runtime): Promise<void> {
  assertEquals(await run(folder, command!, ...args, "single.js"), "one thread\n");
  if (HAS_WORKER) assertEquals(await run(folder, command!, ...args, "program.js"), "another thread\n");
}

/** Whether threads have an entry point of their own, which a program with threads is bundled with. */
const HAS_WORKER = "./worker" in
  (JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)) as { exports: Record<string, string> }).exports;

Deno.test("a bundled program", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "handoff_bundles_" });
  try {
    await install(folder);
    if (!HAS_WORKER) await Deno.writeTextFile(`${folder}/worker.js`, "");
    for (const [name, commandLine] of Object.entries(BUNDLERS)) {
      await t.step(`of ${name} serves`, async (t) => {
        const [command, ...args] = commandLine();
        await run(folder, command!, ...args);
        await Deno.writeTextFile(`${folder}/out/package.json`, '{ "type": "module" }\n');
        // What the bundles do not hold is not to be found.
        await Deno.rename(`${folder}/node_modules`, `${folder}/hidden`);
        for (const runtime of runtimes()) await t.step(runtime.name, () => runs(`${folder}/out`, runtime));
        await Deno.rename(`${folder}/hidden`, `${folder}/node_modules`);
        await Deno.remove(`${folder}/out`, { recursive: true });
      });
    }
    await t.step("of bun build --compile is one file that serves", async () => {
      const alone = `${folder}/alone`;
      await Deno.mkdir(alone);
      const single = ["single.js", `--outfile=${alone}/single`];
      await run(folder, bun(), "build", "--compile", ...single);
      assertEquals(await run(alone, "./single"), "one thread\n");
      if (!HAS_WORKER) return;
      const program = ["program.js", "handler.js", "worker.js", `--outfile=${alone}/program`];
      await run(folder, bun(), "build", "--compile", ...program);
      assertEquals(await run(alone, "./program"), "another thread\n");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
