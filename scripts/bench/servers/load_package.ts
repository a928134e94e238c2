import process from "node:process";

/**
 * Loads an npm package from the folder into which the bench installed it. Modules here are not resolved in
 * that folder, so its `load.mjs` imports the package by name.
 */
export async function loadPackage<T>(name: string): Promise<T> {
  const loader = process.env["BENCH_PACKAGES"];
  if (loader === undefined) throw new Error(`Cannot load ${name}: BENCH_PACKAGES names no loader`);
  const { load } = await import(loader) as { load: (name: string) => Promise<T> };
  return await load(name);
}
