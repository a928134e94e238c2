import { type FileHandle, openFile } from "./file_system.ts";

/** A regular file that has been opened. */
export interface OpenFile {
  /** The absolute path by which it was opened. */
  readonly path: string;
  /** To be closed by the owner of this object. */
  readonly handle: FileHandle;
  /** Bytes when it was opened. */
  readonly size: number;
  /**
   * Last modification, in whole milliseconds since the epoch: Deno reports no fraction, and the entity tag
   * must not depend on the runtime.
   */
  readonly modified: number;
  /** The number of the file in its file system. */
  readonly inode: number;
}

/**
 * Opens a regular file.
 *
 * @param path An absolute path.
 * @param follow Whether the last name of the path may be a symbolic link.
 * @returns The file; `"folder"` if the path names one; `null` if there is nothing, or a pipe, a socket or a
 * device.
 */
export async function openRegularFile(path: string, follow: boolean): Promise<OpenFile | "folder" | null> {
  const handle = await openFile(path, follow);
  if (handle === null) return null;
  let kept = false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return stats.isDirectory() ? "folder" : null;
    kept = true;
    return { path, handle, size: stats.size, modified: Math.floor(stats.mtimeMs), inode: stats.ino };
  } finally {
    if (!kept) await handle.close();
  }
}
