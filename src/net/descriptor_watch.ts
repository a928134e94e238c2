import * as nodeFs from "node:fs";
import * as nodeOs from "node:os";
import { unrefTimer } from "./unref_timer.ts";

const PROBE_EVERY = 1000;

/** The used part of `Deno.permissions`. */
interface DenoPermissions {
  readonly permissions: { querySync(query: { name: string; path: string }): { readonly state: string } };
}

const { Deno: deno } = globalThis as unknown as { readonly Deno?: DenoPermissions };

/**
 * Opens a file and closes it, to find out whether this process can still have a descriptor.
 *
 * @returns The error if the process or the system has run out of descriptors, else `null`. Also `null` where
 * a Deno program has no permission to read the file.
 */
export function descriptorShortage(): Error | null {
  try {
    nodeFs.closeSync(nodeFs.openSync(nodeOs.devNull, "r"));
    return null;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === "EMFILE" || code === "ENFILE" ? error as Error : null;
  }
}

/**
 * Looks for a shortage of descriptors once a second. Node, Bun, and Deno's `node:net` do not tell that
 * accepting fails for that reason. Does not keep the process.
 *
 * @param found Called with the error as often as there is a shortage.
 * @returns Ends it.
 */
export function watchDescriptors(found: (error: Error) => void): () => void {
  if (!mayProbe()) return () => {};
  const timer = setInterval(() => {
    const shortage = descriptorShortage();
    if (shortage !== null) found(shortage);
  }, PROBE_EVERY);
  unrefTimer(timer);
  return () => clearInterval(timer);
}

/** Deno would ask its user for the permission. */
function mayProbe(): boolean {
  if (deno === undefined) return true;
  return deno.permissions.querySync({ name: "read", path: nodeOs.devNull }).state === "granted";
}
