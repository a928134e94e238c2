import { VERSION } from "./version.ts";

/** The runtimes, and how the command is called with each. */
const RUNTIMES = {
  Bun: "bunx handoff",
  Deno: "deno run -A jsr:@handoff/server/cli",
  Node: "npx handoff",
} as const;

/** The program that answers. */
export interface About {
  /** The name and version of the runtime. */
  readonly runtime: string;
  /** The version of the package. */
  readonly version: string;
  /** How the command is called there. */
  readonly command: string;
}

/** Facts about the server that the page shows. */
export interface PageFacts extends About {
  /** The Host of the request. */
  readonly host: string;
  /** The accept way; `null` where it is not known. */
  readonly accept: string | null;
  /** Seconds since the start; `null` where they are not known. */
  readonly uptime: number | null;
}

interface RuntimeGlobals {
  readonly Bun?: { readonly version: string };
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly process?: { readonly versions: Readonly<Record<string, string | undefined>> };
}

/** Tells the runtime that this module runs on. */
export function about(): About {
  const globals = globalThis as unknown as RuntimeGlobals;
  const [name, version] = globals.Bun !== undefined
    ? ["Bun", globals.Bun.version] as const
    : globals.Deno !== undefined
    ? ["Deno", globals.Deno.version.deno] as const
    : ["Node", globals.process?.versions["node"] ?? ""] as const;
  return { runtime: `${name} ${version}`, version: VERSION, command: RUNTIMES[name] };
}
