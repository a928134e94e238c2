/**
 * Files over HTTP: one by its path, or the files of a folder, with ranges, conditional requests, compressed
 * copies and cache headers.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { files } from "@handoff/server/files";
 * import { assertEquals } from "@std/assert";
 *
 * const site = files({ root: "." });
 * await using listening = await Server.http("127.0.0.1:0").handle(site);
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/LICENSE`);
 * assertEquals(answer.status, 200);
 * assertEquals((await answer.text()).startsWith("MIT License"), true);
 * ```
 *
 * @module
 */

export type { ContentCoding } from "./files/content_coding.ts";
export { FileChangedError } from "./files/errors.ts";
export { type Files, files, type FilesOptions } from "./files/files.ts";
export type { CacheControl, FileOptions, RootOptions } from "./files/options.ts";
export { sendFile, type SendFileOptions } from "./files/send_file.ts";
export type { SymlinkPolicy } from "./files/served_root.ts";
