import { fileURLToPath, pathToFileURL } from "node:url";
import type { Runtime } from "../support/runtimes.ts";
import { installPackages } from "./npm_packages.ts";

const APP = new URL("./hono_app.ts", import.meta.url);
const SPECIFIER = /npm:(hono@\d+\.\d+\.\d+)/g;

/**
 * The module of the app for a runtime. Deno takes it as it is. For Bun and Node it lies in a folder where npm
 * has installed Hono, and imports it from there.
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
  return await installPackages([dependency]);
}

/** Removes the file that {@linkcode honoApp} has written for a test. */
export async function removeApp(app: URL): Promise<void> {
  if (app.href !== APP.href) await Deno.remove(fileURLToPath(app));
}
