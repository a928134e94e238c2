/**
 * Builds the npm package: ES modules with their types, no dependency.
 *
 *     deno task build:npm              into npm/, with the tarball beside its files
 *     deno task build:npm /tmp/out     into another folder
 *     deno task build:npm --builder=pack
 *
 * dnt builds it where JSR, from which it comes, can be reached, and `deno pack` otherwise; `--builder=dnt` or
 * `--builder=pack` insists on one. What they emit is the same but for the folder that the modules lie in, and the rest of the
 * package is made here, so that the two cannot differ in it. The last line of the output is a {@linkcode Build} as JSON.
 */

import { fileURLToPath } from "node:url";

/** What was built. */
export interface Build {
  /** What turned the sources into JavaScript and types. */
  readonly builder: "dnt" | "deno pack";
  /** The folder of the package. */
  readonly folder: string;
  /** The package as a file for `npm install`. */
  readonly tarball: string;
}

/** How far a package's settings are read here. */
interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** The one function of dnt that is used, as it is typed by dnt's own documentation. */
interface Dnt {
  build(options: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A name for the module of the package that an entry point is, as in the `exports` of deno.json. */
type EntryPoints = Readonly<Record<string, string>>;

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The command `handoff`, once there is one. */
const COMMAND = "./src/cli.ts";

const DNT = "jsr:@deno/dnt@0.42.3";

/** Milliseconds after which JSR counts as out of reach. */
const DNT_DEADLINE = 30_000;

/** Files of the package that npm takes without being told. */
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
 * The public entry points, and the modules that no import leads to from there: what a thread is started with is named in
 * a `new URL("./worker.ts", import.meta.url)` alone, which no builder follows.
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

/** Loads dnt, or tells why that cannot be done. */
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
  // The entry points are relative to it.
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
    // The sources were checked as they are, and the emitted types are checked by the package's test; dnt itself would
    // have to install the types of Node for it.
    typeCheck: false,
    // Whatever the sources use runs unchanged on the oldest Node: they are not written for a compiler.
    compilerOptions: { target: "Latest", lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"] },
  });
  await Promise.all([".npmignore", "esm/package.json"].map((path) => Deno.remove(`${folder}/${path}`)));
  for (const path of filesUnder(folder, "esm/")) await restoreImportMeta(`${folder}/${path}`);
}

/**
 * Undoes what dnt does to `import.meta`: up to 0.42 it calls a stand-in for it whatever the target is, and leaves out the
 * stand-in where the target is the latest (dnt issue 471).
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
  // In a folder of its own, because the entry points are more than the package's deno.json tells the public.
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
 * Has the types bring what they need of the language: a program that is compiled for an older target has no
 * `AsyncDisposable` otherwise.
 */
async function referToLibrary(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  if (!/\bAsyncDisposable\b|\basyncDispose\b/.test(text)) return;
  await Deno.writeTextFile(path, `/// <reference lib="esnext.disposable" />\n${text}`);
}

/** Gives the command its `#!` line, exactly once: builders drop it, keep it or write it twice. */
async function markExecutable(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `#!/usr/bin/env node\n${text.replace(/^(?:#!.*\n)+/, "")}`);
}

/** The package.json, `base` being the folder that the modules lie in. */
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
// What is left of an import that was given up must not hold the process.
Deno.exit();
