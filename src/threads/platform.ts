/** What decides which ways of sharing connections there are. */
export interface Platform {
  /** The runtime. */
  readonly runtime: "deno" | "bun" | "node";
  /** Its version, for example `26.10.0`. */
  readonly version: string;
  /** The operating system, as Node names it: `linux`, `darwin`, `win32`. */
  readonly os: string;
}

interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string }; readonly build: { readonly os: string } };
  readonly Bun?: { readonly version: string };
  readonly process?: { readonly platform: string; readonly versions: { readonly node: string } };
}

/** The runtime and operating system that this runs on. */
export function platform(): Platform {
  const { Deno, Bun, process } = globalThis as Globals;
  if (Deno !== undefined) return { runtime: "deno", version: Deno.version.deno, os: Deno.build.os };
  const os = process?.platform ?? "unknown";
  if (Bun !== undefined) return { runtime: "bun", version: Bun.version, os };
  return { runtime: "node", version: process?.versions.node ?? "0", os };
}
