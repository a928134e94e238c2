import { fileURLToPath } from "node:url";

/** A JavaScript runtime on which the tests start servers. */
export interface Runtime {
  /** Name in test names: `deno`, `bun`, `node22`, `node26`. */
  readonly name: string;
  /** The command line that runs a TypeScript file, without the file. */
  readonly command: readonly string[];
}

/**
 * The environment variable with a folder for Node's cache of compiled TypeScript. `scripts/test.ts` sets it,
 * so that not every process and thread of the tests compiles the sources again.
 */
export const NODE_CACHE = "HANDOFF_NODE_CACHE";

const decoder = new TextDecoder();

/**
 * Returns the npm package of a runtime, and its executable in the package; `null` for Deno, which runs the
 * tests.
 */
function packageOf(name: string): readonly [npmPackage: string, executable: string] | null {
  if (name === "deno") return null;
  if (name === "bun") return ["bun", "bun"];
  if (/^node\d+$/.test(name)) return [`node@${name.slice(4)}`, "node"];
  throw new Error(`Cannot run tests on "${name}": not a runtime that the tests know`);
}

function lookUp([npmPackage, executable]: readonly [string, string]): Deno.Command {
  return new Deno.Command("npx", {
    args: ["-y", "-p", npmPackage, "-c", `command -v ${executable}`],
    stdin: "null",
  });
}

/**
 * Stores the path that was found in an environment variable, because the test files run in threads of one
 * process.
 */
function remember(name: string, { success, stdout, stderr }: Deno.CommandOutput): string {
  const path = decoder.decode(stdout).trim();
  if (!success || path === "") throw new Error(`Cannot find ${name}: ${decoder.decode(stderr)}`);
  Deno.env.set(`HANDOFF_EXECUTABLE_${name}`, path);
  return path;
}

function executableOf(name: string): string {
  const npmPackage = packageOf(name);
  if (npmPackage === null) return Deno.execPath();
  return Deno.env.get(`HANDOFF_EXECUTABLE_${name}`) ?? remember(name, lookUp(npmPackage).outputSync());
}

function names(): string[] {
  return Deno.env.get("HANDOFF_RUNTIMES")?.split(",") ?? ["deno", "bun", "node22", "node26"];
}

/**
 * Finds the executables of all runtimes at once, downloading them on first use, for this process and its
 * children.
 */
export async function findRuntimes(): Promise<void> {
  await Promise.all(
    names().map(async (name) => {
      const npmPackage = packageOf(name);
      if (npmPackage !== null) remember(name, await lookUp(npmPackage).output());
    }),
  );
}

/**
 * Lists the runtimes that Handoff supports and the tests run on. `HANDOFF_RUNTIMES=deno,bun` selects some.
 */
export function runtimes(): Runtime[] {
  return names().map(runtimeOf);
}

/** Lists the runtimes with the command line of a user: Node strips the types itself. */
export function plainRuntimes(): Runtime[] {
  return names().map((name) => ({ name, command: [executableOf(name), ...argumentsOf(name)] }));
}

/** Returns a runtime by its name, even if the tests do not run on it. */
export function runtimeOf(name: string): Runtime {
  return { name, command: [executableOf(name), ...preloadOf(name), ...argumentsOf(name)] };
}

function argumentsOf(name: string): string[] {
  if (name === "deno") return ["run", "-A", "--quiet"];
  return name === "bun" ? ["run"] : [];
}

function preloadOf(name: string): string[] {
  if (!name.startsWith("node") || !Deno.env.has(NODE_CACHE)) return [];
  return ["--import", fileURLToPath(new URL("./stripped.mjs", import.meta.url))];
}
