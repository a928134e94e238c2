/**
 * Builds the npm package: ES modules with their types, without dependencies.
 *
 *     deno task build:npm              into npm/, with the tarball beside its files
 *     deno task build:npm /tmp/out     into another folder
 *     deno task build:npm --builder=pack
 *
 * The types are emitted by dnt where JSR, from which it comes, can be reached, and by `deno pack` otherwise;
 * `--builder=dnt` or `--builder=pack` insists on one. They lie in another folder then, and are the same. The
 * JavaScript is the sources bundled by esbuild into one file for each entry point and few that these share:
 * Node takes more than twice the time to load a file for each source. The last line of the output is a
 * {@linkcode Build} as JSON.
 */

import { fileURLToPath } from "node:url";

/** Result of a build. */
export interface Build {
  /** The program that emitted the types. */
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

/** The module that each thread runs. */
const THREADS = "./src/threads/worker.ts";

/** The folder of the JavaScript. */
const BUNDLE = "dist";

/** Bundles the JavaScript. */
const ESBUILD = "esbuild@0.25.5";

/** The oldest Node that the package runs on, for which newer syntax is rewritten. */
const OLDEST = "node22.18";

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
 * The public entry points, and the module that threads are started with: it is named by a URL alone, which no
 * builder follows.
 */
function entryPoints(config: Config): EntryPoints {
  const isPublic = Object.values(config.exports).includes(THREADS);
  return isPublic ? config.exports : { ...config.exports, [THREADS]: THREADS };
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
}

async function buildWithPack(config: Config, entries: EntryPoints, folder: string): Promise<void> {
  // A separate folder, because there are more entry points than the package's public deno.json lists.
  const staging = await Deno.makeTempDir({ prefix: "handoff_pack_" });
  try {
    for (const path of ["mod.ts", ...DOCUMENTS, ...filesUnder(ROOT, "src/")]) {
      if (path.startsWith("src/") && !path.endsWith(".ts")) continue;
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
 * Bundles the sources into one file for each entry point and some that these share, all in one folder: the
 * module that starts threads finds theirs beside itself.
 */
async function bundle(entries: EntryPoints, folder: string): Promise<void> {
  await run(
    ROOT,
    "npx",
    "-y",
    ESBUILD,
    ...Object.values(entries),
    "--bundle",
    "--splitting",
    "--format=esm",
    "--platform=neutral",
    "--external:node:*",
    `--target=${OLDEST}`,
    "--entry-names=[name]",
    "--chunk-names=shared-[hash]",
    "--log-level=warning",
    `--outdir=${folder}/${BUNDLE}`,
  );
}

/** The file that an entry point is bundled into: `dist/mod.js` for `./mod.ts`. */
function bundled(path: string): string {
  return `${BUNDLE}/${path.slice(path.lastIndexOf("/") + 1).replace(/\.ts$/, ".js")}`;
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

/** Adds the `#!` line to the command exactly once: builders drop it, keep it or duplicate it. */
async function markExecutable(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `#!/usr/bin/env node\n${text.replace(/^(?:#!.*\n)+/, "")}`);
}

/** Builds the package.json; `base` is the folder of the modules. */
function describePackage(config: Config, base: "./" | "./esm/", command: boolean): Record<string, unknown> {
  const types = (path: string) => path.replace("./", base).replace(/\.ts$/, ".d.ts");
  return {
    name: config.name,
    version: config.version,
    description: "An HTTP/1.1 server for Deno, Bun and Node that hands each request off to a handler, " +
      "with a response whose write status is in its type",
    keywords: ["http", "server", "http-server", "http1", "deno", "bun", "node", "typescript", "streams"],
    license: config.license,
    type: "module",
    engines: { node: ">=22.18" },
    // Bundlers leave out modules without side effects that a program imports no names of.
    sideEffects: [THREADS, COMMAND].map((path) => `./${bundled(path)}`),
    exports: Object.fromEntries(
      Object.entries(config.exports).map(([name, path]) => [
        name,
        { types: types(path), default: `./${bundled(path)}` },
      ]),
    ),
    ...(command ? { bin: { handoff: bundled(COMMAND) } } : {}),
    files: [BUNDLE, ...(base === "./" ? ["mod.d.ts", "src"] : ["esm"])],
  };
}

/** Builds the package into `folder`, which is emptied first. */
async function build(folder: string, wanted: string | undefined): Promise<Build> {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as Config;
  const entries = entryPoints(config);
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
    // deno pack adds the sources that no entry point leads to.
    else if (/\.[jt]s$/.test(path)) await Deno.remove(`${folder}/${path}`);
  }
  await bundle(entries, folder);
  if (command) await markExecutable(`${folder}/${bundled(COMMAND)}`);
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
