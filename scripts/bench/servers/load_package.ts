import process from "node:process";

/**
 * Loads an npm package from the folder that the bench installed it in, which is none that modules here are resolved
 * in. Its `load.mjs` only imports what it is told.
 */
export async function loadPackage<T>(name: string): Promise<T> {
  const loader = process.env["BENCH_PACKAGES"];
  if (loader === undefined) throw new Error(`Cannot load ${name}: BENCH_PACKAGES names no loader`);
  const { load } = await import(loader) as { load: (name: string) => Promise<T> };
  return await load(name);
}
