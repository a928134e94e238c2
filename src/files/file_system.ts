import * as nodeFs from "node:fs";
import * as nodePath from "node:path";
import * as nodeUrl from "node:url";

/** The part of `fs.Stats` that is used here. */
export interface FileStats {
  readonly size: number;
  /** Milliseconds since the epoch, with a fraction except on Deno. */
  readonly mtimeMs: number;
  readonly ino: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** The part of `fs.promises.FileHandle` that is used here. */
export interface FileHandle {
  stat(): Promise<FileStats>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** The part of `node:fs` that is used here. */
interface FileSystem {
  readonly constants: Readonly<Record<"O_RDONLY" | "O_NONBLOCK" | "O_NOFOLLOW", number | undefined>>;
  readonly promises: {
    open(path: string, flags: number): Promise<FileHandle>;
    realpath(path: string): Promise<string>;
  };
}

/** The part of `node:path` that is used here. */
interface Paths {
  readonly sep: string;
  resolve(path: string): string;
}

const { constants, promises } = nodeFs as unknown as FileSystem;
const { resolve, sep } = nodePath as unknown as Paths;
const { fileURLToPath } = nodeUrl as unknown as { fileURLToPath(url: URL): string };

// Without O_NONBLOCK the opening of a named pipe would hold a thread of the runtime's pool until somebody
// writes to it.
const READ = (constants.O_RDONLY ?? 0) | (constants.O_NONBLOCK ?? 0);
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Separator of the names of a path on this system. */
export const SEPARATOR: string = sep;

/** True where the rules of Windows for file names hold. */
export const WINDOWS: boolean = sep === "\\";

/** The codes of errors that mean that there is no such file. */
const ABSENT: ReadonlySet<unknown> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ENAMETOOLONG",
  "ELOOP",
  "EINVAL",
  "ENXIO",
  "ERR_INVALID_ARG_VALUE",
]);

/**
 * Makes an absolute path.
 *
 * @param path Relative to the working directory, absolute, or a URL with the scheme `file:`.
 */
export function absolutePath(path: string | URL): string {
  return resolve(path instanceof URL ? fileURLToPath(path) : path);
}

/**
 * Opens a file to read it.
 *
 * @param path An absolute path.
 * @param follow Whether the last name of the path may be a symbolic link.
 * @returns The handle, which may be that of a folder; `null` if there is no such file.
 */
export function openFile(path: string, follow: boolean): Promise<FileHandle | null> {
  return orAbsent(promises.open(path, follow ? READ : READ | NO_FOLLOW));
}

/**
 * Resolves all symbolic links of a path.
 *
 * @param path An absolute path.
 * @returns The path without links; `null` if there is no such file.
 */
export function realPath(path: string): Promise<string | null> {
  return orAbsent(promises.realpath(path));
}

async function orAbsent<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (ABSENT.has((error as { readonly code?: unknown }).code)) return null;
    throw error;
  }
}

/** Checks if the operating system has refused access to a file. */
export function isForbidden(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return code === "EACCES" || code === "EPERM";
}
