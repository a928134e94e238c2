import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { Handler } from "../exchange/handler.ts";
import { fetchFile } from "./fetch_file.ts";
import { FileLocator } from "./file_locator.ts";
import { absolutePath, isForbidden } from "./file_system.ts";
import {
  assertOptions,
  FILE_OPTIONS,
  type FileOptions,
  resolveFileOptions,
  resolveRootOptions,
  ROOT_OPTIONS,
  type RootOptions,
} from "./options.ts";
import { isAllowed, refuseMethod, sendFound } from "./send_file.ts";

/** Options of {@linkcode files}. */
export interface FilesOptions extends FileOptions, RootOptions {
  /**
   * The folder whose files are served, and nothing outside of it: absolute, relative to the working
   * directory, or a `file:` URL. It may be a symbolic link, also one that is replaced while the server runs.
   */
  readonly root: string | URL;
  /**
   * Part of the path of a request that comes before the path below the root, for example `/static`; other
   * paths get 404.
   *
   * @default {""}
   */
  readonly prefix?: string;
  /**
   * Names of the files that stand for their folder, in the order to look for them; `false` for none. A folder
   * that is asked for without a slash at its end is redirected to the path that has one.
   *
   * @default {"index.html"}
   */
  readonly index?: string | readonly string[] | false;
}

/** The files of a folder, as a handler and as a Fetch function. Neither uses `this`. */
export interface Files extends Handler {
  /** Answers a request with the file that its path names. */
  handle(request: Request, response: Response<Fresh>): Promise<void>;
  /**
   * Answers a Fetch request with the file that the path of its URL names.
   *
   * @param request The request.
   * @returns The response. A file of 64 KiB or more is opened again when its content is first read; the
   * content fails with a {@linkcode FileChangedError} if the file has been replaced by then, or becomes
   * shorter.
   */
  fetch(request: globalThis.Request): Promise<globalThis.Response>;
}

/**
 * Serves the files of a folder.
 *
 * No path leads out of the root: dot segments, encoded slashes, back slashes, control characters and
 * malformed encodings get 404, and so do dotfiles, and symbolic links that lead out, unless options allow
 * them. Somebody who may write below the root is trusted not to move folders while a path through them is
 * opened.
 *
 * Requests are answered as {@linkcode sendFile} does it. After a 404, a 403 or a 405 nothing has been sent
 * yet, so a handler that calls `handle` of this may still send a page.
 *
 * @param options The root, and how its files are served.
 * @returns A handler that is a Fetch function too.
 * @throws {TypeError} If an option is unknown or of the wrong type.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { files } from "@handoff/server/files";
 * import { assertEquals } from "@std/assert";
 *
 * const site = files({ root: ".", cacheControl: "public, max-age=3600" });
 * await using listening = await Server.http("127.0.0.1:0").handle(site);
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/README.md`);
 * assertEquals(answer.headers.get("content-type"), "text/markdown; charset=utf-8");
 * assertEquals((await answer.text()).startsWith("# "), true);
 *
 * // The same as a Fetch function, for example for Hono: app.get("/static/*", (c) => site.fetch(c.req.raw))
 * assertEquals((await site.fetch(new Request("http://localhost/%2e%2e/secret"))).status, 404);
 * ```
 */
export function files(options: FilesOptions): Files {
  assertOptions(options, KNOWN_OPTIONS);
  const settings = resolveFileOptions(options);
  const locator = new FileLocator({
    ...resolveRootOptions(options),
    root: rootOf(options.root),
    prefix: prefixOf(options.prefix),
    indexes: indexesOf(options.index),
  });
  return {
    handle: async (request, response) => {
      if (!isAllowed(request.method)) return refuseMethod(response);
      try {
        const { path, query } = request.uri;
        const located = await locator.locate(path);
        if (located === null) {
          response.status = 404;
        } else if (located === "folder") {
          response.status = 301;
          response.headers.set("location", withSlash(path, query));
        } else {
          await sendFound(located, request, response, settings);
        }
      } catch (error) {
        if (!isForbidden(error)) throw error;
        response.status = 403;
      }
    },
    fetch: (request) => fetchFile(request, locator, settings),
  };
}

const KNOWN_OPTIONS: readonly string[] = [...FILE_OPTIONS, ...ROOT_OPTIONS, "root", "prefix", "index"];

/**
 * The path of a folder with its slash. A path that was located begins with one slash, so this names no other
 * host.
 */
export function withSlash(path: string, query: string | null): string {
  return `${path}/${query === null ? "" : `?${query}`}`;
}

function rootOf(root: unknown): string {
  if (typeof root === "string" && root !== "") return absolutePath(root);
  if (root instanceof URL && root.protocol === "file:") return absolutePath(root);
  throw new TypeError("Cannot use option root: it is neither a path nor a URL with the scheme file:");
}

function prefixOf(prefix: unknown = ""): string {
  if (typeof prefix !== "string" || (prefix !== "" && !/^(?:\/[^/]+)*\/?$/.test(prefix))) {
    throw new TypeError("Cannot use option prefix: it is not a path that begins with a slash");
  }
  return prefix.replace(/\/$/, "");
}

function indexesOf(index: string | readonly string[] | false = "index.html"): readonly string[] {
  if (index === false) return [];
  const names: readonly unknown[] = typeof index === "string" ? [index] : index;
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string" || !/^[^/\\]+$/.test(name))) {
    throw new TypeError("Cannot use option index: it is neither false nor a list of names of files");
  }
  return names as readonly string[];
}
