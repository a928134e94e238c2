/**
 * Builds the npm package: ES modules with their types, without dependencies.
 *
 *     deno task build:npm              into npm/, with the tarball beside its files
 *     deno task build:npm /tmp/out     into another folder
 *     deno task build:npm --builder=pack
 *
 * The builder is dnt if JSR, which hosts it, can be reached, and otherwise `deno pack`; `--builder=dnt` or
 * `--builder=pack` selects one. Their output differs only in the folder of the modules, and the rest of the
 * package is made here, so that the packages do not differ otherwise. The last line of the output is a
 * {@linkcode Build} as JSON.
 */

import { fileURLToPath } from "node:url";

/** Result of a build. */
export interface Build {
  /** The tool that converted the sources to JavaScript and types. */
  readonly builder: "dnt" | "deno pack";
  /** Folder of the package. */
  readonly folder: string;
  /** File of the package, for `npm install`. */
  readonly tarball: string;
}

/** The used part of the package's settings. */
interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** The used function of dnt, typed according to dnt's documentation. */
interface Dnt {
  build(options: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Entry points of the package with their modules, as in the `exports` of deno.json. */
type EntryPoints = Readonly<Record<string, string>>;

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Module of the command `handoff`, if it exists. */
const COMMAND = "./src/cli.ts";

const DNT = "jsr:@deno/dnt@0.42.3";

/** Milliseconds after which JSR counts as unreachable. */
const DNT_DEADLINE = 30_000;

/** Files that npm always includes. */
const DOCUMENTS: readonly string[] = ["README.md", "LICENSE"];

async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    stdin: "null",
  })
    .output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `Cannot run ${command} ${args.join(" ")}: ${decoder.decode(stderr)}${decoder.decode(stdout)}`,
    );
  }
  return decoder.decode(stdout);
}

function filesUnder(folder: string, below = ""): string[] {
  return Array.from(Deno.readDirSync(`${folder}/${below}`)).flatMap((entry) => {
    const path = below + entry.name;
    return entry.isDirectory ? filesUnder(folder, `${path}/`) : [path];
  });
}

/**
 * Lists the public entry points, and the modules that no import reaches from there: the module of a thread
 * occurs only in a `new URL("./worker.ts", import.meta.url)`, which no builder follows.
 */
async function entryPoints(config: Config): Promise<EntryPoints> {
  const graphs = await Promise.all(
    Object.values(config.exports).map((path) => run(ROOT, Deno.execPath(), "info", "--json", path)),
  );
  const reached = new Set(
    graphs.flatMap((graph) => (JSON.parse(graph) as { modules: { local?: string }[] }).modules)
      .flatMap((module) => module.local ?? []),
  );
  const unreached = filesUnder(ROOT, "src/").filter((path) =>
    path.endsWith(".ts") && !reached.has(ROOT + path)
  );
  return { ...config.exports, ...Object.fromEntries(unreached.map((path) => [`./${path}`, `./${path}`])) };
}

/** Loads dnt, or returns the error that prevents it. */
async function loadDnt(): Promise<Dnt | Error> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      import(DNT) as Promise<Dnt>,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error("no answer in time")), DNT_DEADLINE);
      }),
    ]);
  } catch (error) {
    return error as Error;
  } finally {
    clearTimeout(timer);
  }
}

async function buildWithDnt(dnt: Dnt, config: Config, entries: EntryPoints, folder: string): Promise<void> {
  // The entry points are relative to this folder.
  Deno.chdir(ROOT);
  await dnt.build({
    entryPoints: Object.entries(entries).map(([name, path]) => ({ name, path })),
    outDir: folder,
    package: { name: config.name, version: config.version },
    shims: {},
    scriptModule: false,
    declaration: "inline",
    declarationMap: false,
    skipSourceOutput: true,
    skipNpmInstall: true,
    test: false,
    // The sources have been checked, and the package's test checks the emitted types. Checking in dnt would
    // require installing the types of Node.
    typeCheck: false,
    // The sources run unchanged on the oldest supported Node, so nothing needs to be compiled for an older
    // target.
    compilerOptions: { target: "Latest", lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"] },
  });
  await Promise.all([".npmignore", "esm/package.json"].map((path) => Deno.remove(`${folder}/${path}`)));
  for (const path of filesUnder(folder, "esm/")) await restoreImportMeta(`${folder}/${path}`);
}

/**
 * Restores `import.meta`: up to 0.42, dnt replaces it by a call of a helper for every target, and omits the
 * helper for the latest target (dnt issue 471).
 */
async function restoreImportMeta(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  const restored = text.replaceAll(
    'globalThis[Symbol.for("import-meta-ponyfill-esmodule")](import.meta)',
    "import.meta",
  );
  if (restored !== text) await Deno.writeTextFile(path, restored);
}

async function buildWithPack(config: Config, entries: EntryPoints, folder: string): Promise<void> {
  // A separate folder, because there are more entry points than the package's public deno.json lists.
  const staging = await Deno.makeTempDir({ prefix: "handoff_pack_" });
  try {
    for (const path of ["mod.ts", ...DOCUMENTS, ...filesUnder(ROOT, "src/")]) {
      await Deno.mkdir(`${staging}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(ROOT + path, `${staging}/${path}`);
    }
    const { name, version, license, compilerOptions } = config;
    await Deno.writeTextFile(
      `${staging}/deno.json`,
      JSON.stringify({ name, version, license, compilerOptions, exports: entries }),
    );
    await run(
      staging,
      Deno.execPath(),
      "pack",
      "--no-source-maps",
      "--allow-dirty",
      "--output",
      "packed.tgz",
    );
    await run(staging, "tar", "-xzf", "packed.tgz");
    for (const path of filesUnder(`${staging}/package`)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.rename(`${staging}/package/${path}`, `${folder}/${path}`);
    }
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/**
 * Adds a reference to the required language libraries to the types: a program that is compiled for an older
 * target would have no `AsyncDisposable`.
 */
async function referToLibrary(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  if (!/\bAsyncDisposable\b|\basyncDispose\b/.test(text)) return;
  await Deno.writeTextFile(path, `/// <reference lib="esnext.disposable" />\n${text}`);
}

/** Adds the `#!` line to the command exactly once: builders drop it, keep it or duplicate it. */
async function markExecutable(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `#!/usr/bin/env node\n${text.replace(/^(?:#!.*\n)+/, "")}`);
}

/** Builds the package.json; `base` is the folder of the modules. */
function describePackage(config: Config, base: "./" | "./esm/", command: boolean): Record<string, unknown> {
  const emitted = (path: string, extension: string) => path.replace("./", base).replace(/\.ts$/, extension);
  return {
    name: config.name,
    version: config.version,
    description: "An HTTP/1.1 server for Deno, Bun and Node that hands each request off to a handler, " +
      "with a response whose write status is in its type",
    keywords: ["http", "server", "http-server", "http1", "deno", "bun", "node", "typescript", "streams"],
    license: config.license,
    type: "module",
    engines: { node: ">=22.18" },
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(config.exports).map(([name, path]) => [
        name,
        { types: emitted(path, ".d.ts"), default: emitted(path, ".js") },
      ]),
    ),
    ...(command ? { bin: { handoff: emitted(COMMAND, ".js").replace("./", "") } } : {}),
    files: base === "./" ? ["mod.js", "mod.d.ts", "src"] : ["esm"],
  };
}

/** Builds the package into `folder`, which is emptied first. */
async function build(folder: string, wanted: string | undefined): Promise<Build> {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as Config;
  const entries = await entryPoints(config);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });

  const dnt = wanted === "pack" ? new Error("not asked for") : await loadDnt();
  if (dnt instanceof Error && wanted === "dnt") throw new Error(`Cannot load dnt: ${dnt.message}`);
  const packed = dnt instanceof Error;
  if (packed) {
    if (wanted === undefined) {
      console.error(`Building with deno pack, because dnt cannot be loaded: ${dnt.message}`);
    }
    await buildWithPack(config, entries, folder);
  } else {
    await buildWithDnt(dnt, config, entries, folder);
  }

  const base = packed ? "./" : "./esm/";
  const command = Object.values(entries).includes(COMMAND);
  for (const path of filesUnder(folder)) {
    if (path.endsWith(".d.ts")) await referToLibrary(`${folder}/${path}`);
  }
  if (command) await markExecutable(`${folder}/${base}${COMMAND.replace(/\.ts$/, ".js")}`);
  for (const path of DOCUMENTS) await Deno.copyFile(ROOT + path, `${folder}/${path}`);
  await Deno.writeTextFile(
    `${folder}/package.json`,
    `${JSON.stringify(describePackage(config, base, command), undefined, 2)}\n`,
  );
  const [tarball] = JSON.parse(await run(folder, "npm", "pack", "--json", "--ignore-scripts")) as {
    filename: string;
  }[];
  return { builder: packed ? "deno pack" : "dnt", folder, tarball: `${folder}/${tarball?.filename}` };
}

async function resolveFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { recursive: true });
  return await Deno.realPath(path);
}

const folder = Deno.args.find((arg) => !arg.startsWith("--"));
const builder = Deno.args.find((arg) => arg.startsWith("--builder="))?.slice("--builder=".length);
console.log(JSON.stringify(await build(await resolveFolder(folder ?? `${ROOT}npm`), builder)));
// A pending import that was abandoned would keep the process alive.
Deno.exit();
