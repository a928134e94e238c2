import { realPath, SEPARATOR } from "./file_system.ts";
import { type OpenFile, openRegularFile } from "./open_file.ts";

/**
 * Symbolic links that are followed below the root:
 *
 * - `"inside"`: those that lead to a file below the root
 * - `"follow"`: all
 * - `"deny"`: none
 */
export type SymlinkPolicy = "inside" | "follow" | "deny";

/** A folder whose files are served, and nothing outside of it. */
export class ServedRoot {
  readonly #path: string;
  readonly #symlinks: SymlinkPolicy;
  /** The root without symbolic links, with a separator at its end. */
  #real: string | null = null;

  /**
   * @param path An absolute path. It may be a symbolic link, also one that is replaced later.
   * @param symlinks Symbolic links that are followed below it.
   */
  constructor(path: string, symlinks: SymlinkPolicy) {
    this.#path = withSeparator(path);
    this.#symlinks = symlinks;
  }

  /**
   * Opens a file below the root.
   *
   * @param names The way down, checked by `decodePath` or `splitPath`.
   * @param extension What to append to the last name.
   * @returns The file; `"folder"` if the path names one; `null` if there is no file that may be served.
   * @throws {Error} If the root does not exist, or the operating system refuses to open the file.
   */
  async open(names: readonly string[], extension = ""): Promise<OpenFile | "folder" | null> {
    const below = names.join(SEPARATOR) + extension;
    if (this.#symlinks === "follow") return await openRegularFile(this.#path + below, true);
    const real = await realPath(this.#path + below);
    if (real === null) {
      // A root that never existed is a mistake of the program, which 404s would hide.
      if (this.#real === null) await this.#resolveRoot();
      return null;
    }
    if (!await this.#admits(real, below)) return null;
    // The path has no link left, so one that is put there meanwhile is not followed.
    return await openRegularFile(real, false);
  }

  async #admits(real: string, below: string): Promise<boolean> {
    if (this.#real !== null && this.#isBelow(this.#real, real, below)) return true;
    // The root may be a link that was replaced, as deployments do.
    return this.#isBelow(await this.#resolveRoot(), real, below);
  }

  async #resolveRoot(): Promise<string> {
    const root = await realPath(this.#path);
    if (root === null) throw new Error(`Cannot serve files: the root ${this.#path} does not exist`);
    return this.#real = withSeparator(root);
  }

  #isBelow(root: string, real: string, below: string): boolean {
    if (this.#symlinks === "deny") return withSeparator(real) === withSeparator(root + below);
    return withSeparator(real).startsWith(root);
  }
}

function withSeparator(path: string): string {
  return path.endsWith(SEPARATOR) ? path : path + SEPARATOR;
}
