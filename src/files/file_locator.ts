import { WINDOWS } from "./file_system.ts";
import { decodePath, type PathRules } from "./path_segments.ts";
import type { FoundFile } from "./representation.ts";
import { ServedRoot } from "./served_root.ts";
import type { RootSettings } from "./options.ts";

/** The target of a path: a file, `"folder"` if a slash is missing at its end, or nothing. */
export type Located = FoundFile | "folder" | null;

/** Where the files are. */
export interface LocatorOptions extends RootSettings {
  /** The absolute path of the root. */
  readonly root: string;
  /** Beginning of the path of every request, without a slash at its end; may be empty. */
  readonly prefix: string;
  /** Names of the files that stand for their folder, in the order to look for them. */
  readonly indexes: readonly string[];
}

/** Finds the files that requests ask for. */
export class FileLocator {
  readonly #root: ServedRoot;
  readonly #rules: PathRules;
  readonly #prefix: string;
  readonly #indexes: readonly string[];

  /** @param options Where the files are. */
  constructor(options: LocatorOptions) {
    this.#root = new ServedRoot(options.root, options.symlinks);
    this.#rules = { dotfiles: options.dotfiles, windows: WINDOWS };
    this.#prefix = options.prefix;
    this.#indexes = options.indexes;
  }

  /**
   * Opens the file that a path leads to.
   *
   * @param path The path of a request target, percent-encoded, without its query.
   * @throws {Error} If the root does not exist, or the operating system refuses to open the file.
   */
  async locate(path: string): Promise<Located> {
    const prefix = this.#prefix;
    if (!path.startsWith(prefix)) return null;
    if (path === prefix && prefix !== "") return this.#indexes.length > 0 ? "folder" : null;
    const segments = decodePath(path.slice(prefix.length), this.#rules);
    if (segments === null) return null;
    const { names, folder } = segments;
    if (folder) return await this.#openIndex(names);
    const found = await this.#open(names);
    return found === "folder" && this.#indexes.length === 0 ? null : found;
  }

  async #openIndex(names: readonly string[]): Promise<FoundFile | null> {
    for (const index of this.#indexes) {
      const found = await this.#open([...names, index]);
      if (found !== null && found !== "folder") return found;
    }
    return null;
  }

  async #open(names: readonly string[]): Promise<Located> {
    const root = this.#root;
    const file = await root.open(names);
    if (file === null || file === "folder") return file;
    return {
      file,
      path: names.join("/"),
      name: names.at(-1) ?? "",
      open: (extension) => root.open(names, extension),
    };
  }
}
