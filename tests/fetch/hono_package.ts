import { fileURLToPath, pathToFileURL } from "node:url";
import type { Runtime } from "../support/runtimes.ts";

const APP = new URL("./hono_app.ts", import.meta.url);
const SPECIFIER = /npm:(hono@\d+\.\d+\.\d+)/g;

/**
 * The module of the app for a runtime. Deno takes it as it is. For Bun and Node it lies in a folder where npm
 * has installed Hono, and imports it from there; the folder is made once and found again by later runs, which
 * then need no network.
 */
export async function honoApp(runtime: Runtime): Promise<URL> {
  if (runtime.name === "deno") return APP;
  const text = await Deno.readTextFile(APP);
  const folder = await installHono();
  const path = `${folder}/app-${crypto.randomUUID()}.ts`;
  await Deno.writeTextFile(path, text.replaceAll(SPECIFIER, "hono"));
  return pathToFileURL(path);
}

/** Installs the version of Hono that the app imports, once; the folder in whose `node_modules` it lies. */
export async function installHono(): Promise<string> {
  const [, dependency = ""] = [...(await Deno.readTextFile(APP)).matchAll(SPECIFIER)][0] ?? [];
  const folder = `${temporaryFolder()}/handoff-test-${dependency.replace("@", "-")}`;
  if (!await exists(`${folder}/node_modules/hono`)) await install(dependency, folder);
  return folder;
}

/** Removes what {@linkcode honoApp} has written for a test. */
export async function removeApp(app: URL): Promise<void> {
  if (app.href !== APP.href) await Deno.remove(fileURLToPath(app));
}

/** Installs it beside, and puts it in place in one step: another run may be at it too. */
async function install(dependency: string, folder: string): Promise<void> {
  const beside = await Deno.makeTempDir({ prefix: "handoff-test-install-" });
  await Deno.writeTextFile(`${beside}/package.json`, '{ "type": "module", "private": true }\n');
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--prefer-offline", dependency],
    cwd: beside,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot install ${dependency}: ${new TextDecoder().decode(stderr)}`);
  try {
    await Deno.rename(beside, folder);
  } catch (error) {
    await Deno.remove(beside, { recursive: true });
    if (!await exists(folder)) throw error;
  }
}

function temporaryFolder(): string {
  return (Deno.env.get("TMPDIR") ?? Deno.env.get("TEMP") ?? "/tmp").replace(/[/\\]$/, "");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
