/** The facts that decide which ways of sharing connections there are. */
export interface Platform {
  /** The runtime. */
  readonly runtime: "deno" | "bun" | "node";
  /** Its version, for example `26.10.0`. */
  readonly version: string;
  /** The operating system, as Node names it: `linux`, `darwin`, `win32`. */
  readonly os: string;
  /**
   * `true` if the runtime's own sockets can share a port: on Deno with `--unstable-net` alone. Without,
   * `node:net` does it there, which accepts no connection any more once it has met a lack of file
   * descriptors, and does not tell.
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

/** The oldest Node that runs the library, as major and minor version. */
const OLDEST_NODE = [22, 18] as const;

/**
 * Checks that the runtime can run the library at all.
 *
 * @param on The runtime; a test may name another.
 * @throws {Error} If it is too old; the message names the version that is needed.
 */
export function assertRuntime(on: Platform = platform()): void {
  if (on.runtime !== "node") return;
  const [major = 0, minor = 0] = on.version.split(".").map(Number);
  const [oldest, oldestMinor] = OLDEST_NODE;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return;
  throw new Error(`Cannot serve on Node ${on.version}: Node ${oldest}.${oldestMinor} or later is needed`);
}
