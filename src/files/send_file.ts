import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import { replyWithFile } from "./file_reply.ts";
import { absolutePath, isForbidden, SEPARATOR, WINDOWS } from "./file_system.ts";
import { openRegularFile } from "./open_file.ts";
import {
  assertOptions,
  FILE_OPTIONS,
  type FileOptions,
  type FileSettings,
  resolveFileOptions,
  resolveRootOptions,
  ROOT_OPTIONS,
  type RootOptions,
} from "./options.ts";
import { splitPath } from "./path_segments.ts";
import { sendReply } from "./reply_sender.ts";
import { chooseRepresentation, type FoundFile } from "./representation.ts";
import { ServedRoot } from "./served_root.ts";

/** Options of {@linkcode sendFile}. */
export interface SendFileOptions extends FileOptions, RootOptions {
  /**
   * The folder that the path is relative to and cannot leave: to be given wherever a client has a part in the
   * path. The path is then one of names with slashes in between; `dotfiles` and `symlinks` apply to it, and
   * to no other.
   *
   * @default {undefined}
   */
  readonly root?: string | URL;
}

/** The methods that a file answers. */
export const METHODS = "GET, HEAD";

/** Checks if a file answers a method. */
export function isAllowed(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * Answers a request with a file.
 *
 * Conditional requests and ranges are answered as RFC 9110 sections 13 and 14 say: 304, 412, 206 and 416. The
 * entity tag is strong; it is made of the size of the file and the millisecond of its last modification, so
 * that all machines and runtimes that serve the same copy agree on it. A method other than GET and HEAD gets
 * 405.
 *
 * A `content-type`, a `cache-control` and other fields may be set before: they are sent. If there is no such
 * file, the response has the status 404, or 403 where the operating system refuses access, and nothing has
 * been sent yet: the handler may still send a page.
 *
 * A file that becomes longer while it is sent is sent to the length that was announced. If it becomes
 * shorter, the connection is cut.
 *
 * @param request The request.
 * @param response Nothing of it has been sent.
 * @param path The file: an absolute path, one relative to the working directory, or a `file:` URL. It is
 * trusted, unless `root` is given.
 * @param options How the file is presented, and where it has to be.
 * @returns A promise that resolves when the file has been written.
 * @throws {TypeError} If an option is unknown or of the wrong type, or the path is a URL though there is a
 * `root`.
 * @throws {FileChangedError} If the file becomes shorter while it is sent.
 * @throws {ConnectionClosedError} If the client goes away.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { sendFile } from "@handoff/server/files";
 * import { assertEquals } from "@std/assert";
 *
 * await using listening = await Server.http("127.0.0.1:0").handle((req, res) => {
 *   res.headers.set("content-type", "text/plain");
 *   return sendFile(req, res, "LICENSE");
 * });
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { range: "bytes=0-9" } });
 * assertEquals([answer.status, (await answer.text()).length], [206, 10]);
 * ```
 */
export async function sendFile(
  request: Request,
  response: Response<Fresh>,
  path: string | URL,
  options: SendFileOptions = {},
): Promise<void> {
  assertOptions(options, KNOWN_OPTIONS);
  const settings = resolveFileOptions(options);
  if (!isAllowed(request.method)) return refuseMethod(response);
  try {
    const found = await find(path, options);
    if (found === null) response.status = 404;
    else await sendFound(found, request, response, settings);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    response.status = 403;
  }
}

const KNOWN_OPTIONS: readonly string[] = [...FILE_OPTIONS, ...ROOT_OPTIONS, "root"];

/** Answers 405 to a method. */
export function refuseMethod(response: Response<Fresh>): void {
  response.status = 405;
  response.headers.set("allow", METHODS);
}

/** Sends a file that has been found, or a compressed copy of it, and closes it. */
export async function sendFound(
  found: FoundFile,
  request: Request,
  response: Response<Fresh>,
  settings: FileSettings,
): Promise<void> {
  const { headers, method } = request;
  const { file, presentation } = await chooseRepresentation(found, headers, settings);
  try {
    const reply = replyWithFile(method, headers, file, {
      ...presentation,
      type: response.headers.get("content-type") ?? presentation.type,
      cacheControl: response.headers.get("cache-control") ?? presentation.cacheControl,
    }, Date.now());
    await sendReply(method, reply, file, response);
  } finally {
    await file.handle.close();
  }
}

async function find(path: string | URL, options: SendFileOptions): Promise<FoundFile | null> {
  const { root } = options;
  const rules = resolveRootOptions(options);
  if (root === undefined) {
    const absolute = absolutePath(path);
    return await foundIn(
      `${path}`,
      absolute.slice(absolute.lastIndexOf(SEPARATOR) + 1),
      (extension) => openRegularFile(absolute + extension, true),
    );
  }
  if (typeof path !== "string") throw new TypeError("Cannot send a file: a path below a root is not a URL");
  const names = splitPath(path, { dotfiles: rules.dotfiles, windows: WINDOWS });
  if (names === null) return null;
  const served = new ServedRoot(absolutePath(root), rules.symlinks);
  return await foundIn(path, names.at(-1)!, (extension) => served.open(names, extension));
}

async function foundIn(path: string, name: string, open: FoundFile["open"]): Promise<FoundFile | null> {
  const file = await open("");
  return file === null || file === "folder" ? null : { file, path, name, open };
}
