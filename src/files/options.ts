import { CODING_EXTENSIONS, type ContentCoding } from "./content_coding.ts";
import type { MediaTypes } from "./media_types.ts";
import type { SymlinkPolicy } from "./served_root.ts";

/**
 * The value of `cache-control` for every file; `null` for none; or a function that decides it for each file,
 * by its path as it was asked for: below the root, or as `sendFile` was given it.
 */
export type CacheControl = string | null | ((path: string) => string | null);

/** Options for the presentation of a file. */
export interface FileOptions {
  /**
   * The `cache-control` field of a file and of its 304. By default a browser keeps a copy, and asks each time
   * if it is still current.
   *
   * @default {"no-cache"}
   */
  readonly cacheControl?: CacheControl;
  /**
   * Media types by file extension, without the dot: added to the built-in ones, and taking precedence over
   * them. The value is sent as `content-type`, so a type of text includes its `charset`.
   *
   * @default {{}}
   */
  readonly mediaTypes?: Readonly<Record<string, string>>;
  /**
   * Content codings for which a compressed copy may lie next to a file: `app.js.br`, `app.js.zst`,
   * `app.js.gz` beside `app.js`. The client gets the one that it weighs highest in `accept-encoding`, among
   * equals the first of this list. `true` stands for `["br", "zstd", "gzip"]`. The copies are not checked to
   * be current.
   *
   * @default {false}
   */
  readonly precompressed?: boolean | readonly ContentCoding[];
}

/** Options for the choice of files below a root. */
export interface RootOptions {
  /**
   * Serves files and folders whose name begins with a dot.
   *
   * @default {false}
   */
  readonly dotfiles?: boolean;
  /**
   * Symbolic links that are followed below the root: those that lead to a file below the root (`"inside"`),
   * all (`"follow"`), or none (`"deny"`).
   *
   * @default {"inside"}
   */
  readonly symlinks?: SymlinkPolicy;
}

/** {@linkcode FileOptions}, decided. */
export interface FileSettings {
  readonly cacheControl: CacheControl;
  readonly mediaTypes: MediaTypes;
  readonly codings: readonly ContentCoding[];
}

/** {@linkcode RootOptions}, decided. */
export interface RootSettings {
  readonly dotfiles: boolean;
  readonly symlinks: SymlinkPolicy;
}

/** Names of the options of {@linkcode FileOptions}. */
export const FILE_OPTIONS: readonly string[] = ["cacheControl", "mediaTypes", "precompressed"];

/** Names of the options of {@linkcode RootOptions}. */
export const ROOT_OPTIONS: readonly string[] = ["dotfiles", "symlinks"];

const ALL_CODINGS = Object.keys(CODING_EXTENSIONS) as ContentCoding[];
const POLICIES: readonly SymlinkPolicy[] = ["inside", "follow", "deny"];
const NOT_A_VALUE = /[^\t\x20-\x7e]/;

/**
 * Checks that all options are known.
 *
 * @throws {TypeError} If the options are not an object, or one is unknown; it is named.
 */
export function assertOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("Cannot serve files: the options are not an object");
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`Cannot use option ${name}: it is not known`);
  }
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws {TypeError} If an option is of the wrong type; it is named.
 */
export function resolveFileOptions(options: FileOptions): FileSettings {
  const { cacheControl = "no-cache", mediaTypes = {}, precompressed = false } = options;
  if (typeof cacheControl === "string") assertValue("cacheControl", cacheControl);
  else if (cacheControl !== null && typeof cacheControl !== "function") {
    throw new TypeError("Cannot use option cacheControl: it is not a string, null or a function");
  }
  if (typeof mediaTypes !== "object" || mediaTypes === null) {
    throw new TypeError("Cannot use option mediaTypes: it is not an object");
  }
  const types = new Map<string, string>();
  for (const [extension, type] of Object.entries(mediaTypes)) {
    if (typeof type !== "string") {
      throw new TypeError(`Cannot use option mediaTypes: the type of ${extension} is not a string`);
    }
    assertValue("mediaTypes", type);
    types.set(extension.toLowerCase().replace(/^\./, ""), type);
  }
  return { cacheControl, mediaTypes: types, codings: codingsOf(precompressed) };
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws {TypeError} If an option is of the wrong type; it is named.
 */
export function resolveRootOptions(options: RootOptions): RootSettings {
  const { dotfiles = false, symlinks = "inside" } = options;
  if (typeof dotfiles !== "boolean") throw new TypeError("Cannot use option dotfiles: it is not a boolean");
  if (!POLICIES.includes(symlinks)) {
    throw new TypeError(`Cannot use option symlinks: it is none of ${POLICIES.join(", ")}`);
  }
  return { dotfiles, symlinks };
}

function codingsOf(precompressed: boolean | readonly ContentCoding[]): readonly ContentCoding[] {
  if (typeof precompressed === "boolean") return precompressed ? ALL_CODINGS : [];
  if (!Array.isArray(precompressed) || precompressed.some((coding) => !ALL_CODINGS.includes(coding))) {
    throw new TypeError(
      `Cannot use option precompressed: it is neither a boolean nor a list of ${ALL_CODINGS.join(", ")}`,
    );
  }
  return precompressed;
}

function assertValue(option: string, value: string): void {
  if (NOT_A_VALUE.test(value)) {
    throw new TypeError(
      `Cannot use option ${option}: ${JSON.stringify(value)} is not ASCII text on one line`,
    );
  }
}
