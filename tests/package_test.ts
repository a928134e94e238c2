import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "./support/runtimes.ts";

/** What `scripts/build_npm.ts` prints last. */
interface Build {
  readonly builder: string;
  readonly folder: string;
  readonly tarball: string;
}

/** The package.json of the package, as far as the tests know it. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** A program that uses the package as its README shows, stops the server and has nothing left to do. */
const PROGRAM = `
import { Server } from "@handoff/server";
import { memoryListener } from "@handoff/server/testing";

const listening = await Server.http("127.0.0.1:0").handle((req, res) => {
  res.headers.set("content-type", "text/plain");
  return res.send(\`Hello, \${req.uri.path}!\`);
});
const response = await fetch(\`http://127.0.0.1:\${listening.address.port}/World\`);
console.log(response.status, response.headers.get("content-type"), await response.text());
await listening.close();

const module = new URL("./handler.js", import.meta.url);
const threads = await Server.http("127.0.0.1:0").handle(module, { threads: 2, state: { greeting: "Hello" } });
const answer = await fetch(\`http://127.0.0.1:\${threads.address.port}/\`);
console.log(await answer.text());
await threads.close();

const { listener, connect } = memoryListener();
const inMemory = await Server.from(listener).handle((_req, res) => res.send("Hello from memory"));
const client = connect();
client.send("GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n");
await client.until(() => client.ended);
console.log(client.text.split("\\r\\n").at(-1));
client.end();
await inMemory.close();
`;

/** A module that every thread imports. */
const HANDLER = `
import { perThread } from "@handoff/server";

export default perThread(({ state }) => (_req, res) => res.send(\`\${state.greeting} from a thread\`));
`;

/**
 * A program whose types have to hold: the constructs of the README, and misuse that the types have to refuse.
 */
const TYPED_PROGRAM = `
import { type Fresh, type Handler, type Request, type Response, Server } from "@handoff/server";
import { type MemoryClient, memoryListener } from "@handoff/server/testing";

class Echo implements Handler {
  async handle(req: Request, res: Response<Fresh>): Promise<void> {
    if (req.method !== "POST") {
      res.status = 405;
      return;
    }
    await req.body.pipeTo(res.start().writable);
  }
}

const listening = await Server.http("127.0.0.1:0").handle(new Echo());
await listening.close();

await Server.http({ hostname: "127.0.0.1", port: 0 }).handle((_req, res) => {
  const streaming = res.start();
  // @ts-expect-error The head has been sent.
  streaming.headers;
  return streaming.end();
});

const { listener, connect } = memoryListener();
await Server.from(listener).handle((_req, res) => res.send());
const client: MemoryClient = connect({ window: 1000 });
client.send("GET / HTTP/1.1");
// @ts-expect-error What the server's end does is not the test's to do.
client.accept;
`;

const PROJECT = {
  compilerOptions: {
    module: "nodenext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ["consumer.ts"],
};

/**
 * The oldest and the newest compiler that the types are for (Deno's own is between them), each with a target
 * whose libraries it takes: the oldest that has what every runtime has, and the newest.
 */
const COMPILERS = [["typescript@5.9.3", "es2022"], ["typescript@7.0.2", "esnext"]] as const;

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const decoder = new TextDecoder();

async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    stdin: "null",
    // An end that does not come would otherwise be waited for without end.
    signal: AbortSignal.timeout(180_000),
  }).output();
  const output = decoder.decode(stdout);
  assert(code === 0, `${command} ${args.join(" ")} ended with ${code}: ${decoder.decode(stderr)}${output}`);
  return output;
}

async function build(folder: string): Promise<Build> {
  const output = await run(ROOT, Deno.execPath(), "task", "--quiet", "build:npm", folder);
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Build;
}

function filesUnder(folder: string, below = ""): string[] {
  return Array.from(Deno.readDirSync(`${folder}/${below}`)).flatMap((entry) => {
    const path = below + entry.name;
    return entry.isDirectory ? filesUnder(folder, `${path}/`) : [path];
  }).sort();
}

async function checkManifest(installed: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const text = await Deno.readTextFile(`${installed}/package.json`);
  const manifest = JSON.parse(text) as Manifest;
  assertEquals(manifest.name, "@handoff/server");
  assertEquals(manifest.version, config.version);
  assertEquals(manifest.license, config.license);
  assertEquals(manifest.type, "module");
  assertEquals(manifest.engines, { node: ">=22.18" });
  for (
    const field of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "scripts"]
  ) {
    assert(!(field in manifest), `package.json has ${field}`);
  }
  assertEquals(Object.keys(manifest.exports), Object.keys(config.exports));
  for (const { types, default: module } of Object.values(manifest.exports)) {
    assertMatch(types, /^\.\/.*\.d\.ts$/);
    assertMatch(module, /^\.\/.*\.js$/);
    assert((await Deno.stat(`${installed}/${types}`)).isFile);
    assert((await Deno.stat(`${installed}/${module}`)).isFile);
  }
  for (const command of Object.values(manifest.bin ?? {})) {
    assertMatch(await Deno.readTextFile(`${installed}/${command}`), /^#!\/usr\/bin\/env node\n(?!#!)/);
  }
}

const NO_OLD_NODE = " [skipped: the node in PATH is none before 22.18]";

/** The `node` of this machine, if it is older than what the package needs. */
function oldNode(): string | null {
  try {
    const { stdout } = new Deno.Command("node", { args: ["--version"], stdin: "null" }).outputSync();
    const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(decoder.decode(stdout)) ?? [];
    return Number(major) < 22 || (Number(major) === 22 && Number(minor) < 18) ? "node" : null;
  } catch {
    return null;
  }
}
/** The most files of JavaScript that the package may have: Node takes long to load many. */
const MAX_MODULES = 40;

/**
 * Nothing but modules, their types and the documents, and nothing that tells of the machine it was built on.
 */
async function checkFiles(installed: string): Promise<void> {
  const expected =
    /^(?:package\.json|README\.md|LICENSE|dist\/[a-zA-Z0-9_-]+\.js|(?:esm\/)?(?:mod|src\/[a-z0-9_/]+)\.d\.ts)$/;
  const files = filesUnder(installed);
  assertEquals(files.filter((path) => !expected.test(path)), []);
  const modules = files.filter((path) => path.endsWith(".js"));
  assert(modules.length <= MAX_MODULES, `${modules.length} files of JavaScript`);
  // Named by a URL alone, so that nothing that is imported leads to it.
  assert(modules.includes("dist/worker.js"), "there is no module for threads");
  for (const path of files) {
    const text = await Deno.readTextFile(`${installed}/${path}`);
    for (const leak of ["sourceMappingURL", "handoff_pack_", ROOT]) {
      assert(!text.includes(leak), `${path} holds "${leak}"`);
    }
  }
}

Deno.test("the npm package", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "handoff_package_" });
  try {
    let built: Build | undefined;
    await t.step("is built", async () => {
      built = await build(`${folder}/built`);
    });
    if (built === undefined) return;
    const { builder, tarball } = built;
    const app = `${folder}/app`;
    const installed = `${app}/node_modules/@handoff/server`;

    await t.step(`built by ${builder}, installs into an empty folder and brings nothing else`, async () => {
      await Deno.mkdir(app);
      await Deno.writeTextFile(`${app}/package.json`, JSON.stringify({ private: true, type: "module" }));
      await run(app, "npm", "install", "--no-audit", "--no-fund", "--offline", tarball);
      const packages = Array.from(Deno.readDirSync(`${app}/node_modules`), (entry) => entry.name)
        .filter((name) => !name.startsWith("."));
      assertEquals(packages, ["@handoff"]);
    });

    await t.step(`built by ${builder}, describes itself`, () => checkManifest(installed));

    await t.step(
      `built by ${builder}, holds modules, types and documents, and no more`,
      () => checkFiles(installed),
    );

    await Deno.writeTextFile(`${app}/program.js`, PROGRAM);
    await Deno.writeTextFile(`${app}/handler.js`, HANDLER);
    for (const { name, command: [command = "", ...args] } of runtimes()) {
      await t.step(
        `built by ${builder}, serves on ${name}, on threads too, and lets the process end`,
        async () => {
          const output = await run(app, command, ...args, "program.js");
          assertEquals(output, "200 text/plain Hello, /World!\nHello from a thread\nHello from memory\n");
        },
      );
    }

    for (const { name, command: [command = "", ...args] } of runtimes()) {
      await t.step(`built by ${builder}, brings the command handoff, which runs on ${name}`, async () => {
        const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
        const output = await run(app, command, ...args, "node_modules/.bin/handoff", "--version");
        assertEquals(output, `${version}\n`);
      });
    }

    const old = oldNode();
    await t.step({
      name: `built by ${builder}, tells an old Node which one it needs${old === null ? NO_OLD_NODE : ""}`,
      ignore: old === null,
      fn: async () => {
        const needed = /Cannot serve on Node \d+\.\d+\.\d+: Node 22\.18 or later is needed/;
        for (
          const args of [["program.js"], ["node_modules/.bin/handoff"], [
            "node_modules/.bin/handoff",
            "--help",
          ]]
        ) {
          const { code, stdout, stderr } = await new Deno.Command(old!, { args, cwd: app, stdin: "null" })
            .output();
          assertEquals([code, decoder.decode(stdout)], [1, ""]);
          assertMatch(decoder.decode(stderr), needed);
        }
      },
    });

    await Deno.writeTextFile(`${app}/consumer.ts`, TYPED_PROGRAM);
    await Deno.writeTextFile(`${app}/tsconfig.json`, JSON.stringify(PROJECT));
    for (const [compiler, target] of COMPILERS) {
      await t.step(`built by ${builder}, type-checks under ${compiler} without @types packages`, async () => {
        await run(app, "npx", "-y", "-p", compiler, "tsc", "-p", "tsconfig.json", "--target", target);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
