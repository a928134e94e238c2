import * as nodeFs from "node:fs";
import * as nodeNet from "node:net";
import { ListenError, listenError } from "./errors.ts";
import type { UnixAddress } from "./socket.ts";

/**
 * Removes the file of a Unix socket on which nobody listens any more: that of a process that was killed.
 *
 * The file is moved away first, and moved back if it is not the one that was looked at: another process may
 * have replaced it in the meantime.
 *
 * @param address Where the socket lies.
 * @returns `false` if somebody listens there, or the file is no socket.
 * @throws {ListenError} If nobody listens, and this process may not remove the file (`ESTALE`).
 */
export async function removeStaleSocket(address: UnixAddress): Promise<boolean> {
  const { path } = address;
  const before = fileAt(path);
  if (before === undefined) return true;
  if (before === null || !before.isSocket() || !await isAbandoned(path)) return false;
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    nodeFs.renameSync(path, aside);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return true;
    throw new ListenError(address, "ESTALE", error);
  }
  if (nodeFs.lstatSync(aside).ino !== before.ino) {
    nodeFs.renameSync(aside, path);
    return false;
  }
  nodeFs.unlinkSync(aside);
  return true;
}

/** The file at a path: `undefined` if there is none, `null` if this process may not look. */
function fileAt(path: string) {
  try {
    return nodeFs.lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return null;
  }
}

/** Checks if the system refuses connections to a Unix socket. */
function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = nodeNet.connect({ path });
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", (error) => resolve((error as { code?: unknown }).code === "ECONNREFUSED"));
  });
}

/**
 * Sets the permission bits of a Unix socket's file.
 *
 * @throws {ListenError} If that is not permitted.
 */
export function setMode(address: UnixAddress, mode: number): void {
  try {
    nodeFs.chmodSync(address.path, mode);
  } catch (error) {
    throw listenError(address, error, false);
  }
}
