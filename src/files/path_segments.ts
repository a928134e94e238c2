/** Rules for the names of a path. */
export interface PathRules {
  /** Allows names that begin with a dot. */
  readonly dotfiles: boolean;
  /** Applies the rules of Windows for file names. */
  readonly windows: boolean;
}

/** A path below a root, taken apart and checked. */
export interface PathSegments {
  /** The names on the way, none of which leads anywhere but down; empty for the root. */
  readonly names: readonly string[];
  /** True if the path ends in a slash, so that it can only name a folder. */
  readonly folder: boolean;
}

// deno-lint-ignore no-control-regex -- they are what is looked for
const FORBIDDEN = /[\x00-\x1f\x7f/\\]/;

// https://learn.microsoft.com/windows/win32/fileio/naming-a-file: a colon names a drive or a stream of a
// file, trailing dots and blanks are dropped, a tilde with a digit may be the short name of another file, and
// devices are files in every folder, whatever their extension.
const FORBIDDEN_ON_WINDOWS = /[<>:"|?*]|[. ]$|~\d/;
const DEVICES = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(?:\.|$)/i;

/**
 * Decodes the path of a request target and checks that it leads nowhere but down.
 *
 * It is split at its slashes before it is decoded, once: an encoded slash is part of a name, which no file
 * can have, and what is encoded twice is the name of a file with a percent sign in it. Dot segments are
 * refused rather than resolved: clients resolve them before they send a request (RFC 3986 section 5.2.4).
 *
 * @param path The path of a request target, percent-encoded, without its query.
 * @param rules Rules for the names.
 * @returns The path; `null` if it can name no file that may be served.
 */
export function decodePath(path: string, rules: PathRules): PathSegments | null {
  if (!path.startsWith("/")) return null;
  const names = path.slice(1).split("/");
  const folder = names.at(-1) === "";
  if (folder) names.pop();
  for (let i = 0; i < names.length; i++) {
    const name = decode(names[i]!);
    if (name === null || !isAllowed(name, rules)) return null;
    names[i] = name;
  }
  return { names, folder };
}

/**
 * Checks a relative path that a program was given, for example the name of a download.
 *
 * @param path Names with slashes in between, not encoded.
 * @param rules Rules for the names.
 * @returns The names; `null` if the path can name no file that may be served.
 */
export function splitPath(path: string, rules: PathRules): readonly string[] | null {
  const names = path.split("/");
  return names.every((name) => isAllowed(name, rules)) ? names : null;
}

/** `null` for a malformed percent-encoding, and for bytes that are not UTF-8: overlong sequences too. */
function decode(name: string): string | null {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

function isAllowed(name: string, { dotfiles, windows }: PathRules): boolean {
  if (name === "" || name === "." || name === ".." || FORBIDDEN.test(name)) return false;
  if (!dotfiles && name.startsWith(".")) return false;
  return !windows || !(FORBIDDEN_ON_WINDOWS.test(name) || DEVICES.test(name));
}
