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
  const [, dependency = ""] = [...text.matchAll(SPECIFIER)][0] ?? [];
  const folder = await installPackages([dependency]);
  const path = `${folder}/app-${crypto.randomUUID()}.ts`;
  await Deno.writeTextFile(path, text.replaceAll(SPECIFIER, "hono"));
  return pathToFileURL(path);
}

/** Removes the file that {@linkcode honoApp} has written for a test. */
export async function removeApp(app: URL): Promise<void> {
  if (app.href !== APP.href) await Deno.remove(fileURLToPath(app));
}
