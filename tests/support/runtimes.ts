/** A JavaScript runtime that the tests start servers under. */
export interface Runtime {
  /** As it stands in test names: `deno`, `bun`, `node22`, `node26`. */
  readonly name: string;
  /** The command line that runs a TypeScript file, without the file. */
  readonly command: readonly string[];
}

const decoder = new TextDecoder();

/** Finds the executable that an npm package brings, downloading the package on first use. */
function executableOf(npmPackage: string, name: string): string {
  const { success, stdout, stderr } = new Deno.Command("npx", {
    args: ["-y", "-p", npmPackage, "-c", `command -v ${name}`],
    stdin: "null",
  }).outputSync();
  const path = decoder.decode(stdout).trim();
  if (!success || path === "") throw new Error(`Cannot find ${npmPackage}: ${decoder.decode(stderr)}`);
  return path;
}

/** Every runtime that Handoff supports and the tests run on. `HANDOFF_RUNTIMES=deno,bun` narrows the list. */
export function runtimes(): Runtime[] {
  const wanted = Deno.env.get("HANDOFF_RUNTIMES")?.split(",") ?? ["deno", "bun", "node22", "node26"];
  return wanted.map((name) => ({ name, command: commandOf(name) }));
}

function commandOf(name: string): string[] {
  if (name === "deno") return [Deno.execPath(), "run", "-A", "--quiet"];
  if (name === "bun") return [executableOf("bun", "bun"), "run"];
  if (/^node\d+$/.test(name)) return [executableOf(`node@${name.slice(4)}`, "node")];
  throw new Error(`Cannot run tests on "${name}": not a runtime that the tests know`);
}
