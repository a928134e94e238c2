/** The facts that decide which ways of sharing connections there are. */
export interface Platform {
  /** The runtime. */
  readonly runtime: "deno" | "bun" | "node";
  /** Its version, for example `26.10.0`. */
  readonly version: string;
  /** The operating system, as Node names it: `linux`, `darwin`, `win32`. */
  readonly os: string;
  /**
   * Whether the runtime's own sockets can share a port: on Deno with `--unstable-net` alone. Without, `node:net` does it there,
   * which accepts no connection any more once it has met a lack of file descriptors, and does not tell.
   */
  readonly sharesPorts: boolean;
}

interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string }; readonly build: { readonly os: string } };
  readonly Bun?: { readonly version: string };
  readonly process?: { readonly platform: string; readonly versions: { readonly node: string } };
}

/** The runtime and operating system that this runs on. */
export function platform(): Platform {
  const { Deno, Bun, process } = globalThis as Globals;
  if (Deno !== undefined) {
    // What the flag brings, for one.
    const sharesPorts = "listenDatagram" in Deno;
    return { runtime: "deno", version: Deno.version.deno, os: Deno.build.os, sharesPorts };
  }
  const os = process?.platform ?? "unknown";
  if (Bun !== undefined) return { runtime: "bun", version: Bun.version, os, sharesPorts: true };
  return { runtime: "node", version: process?.versions.node ?? "0", os, sharesPorts: true };
}
