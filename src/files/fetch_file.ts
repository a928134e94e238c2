import type { FileLocator } from "./file_locator.ts";
import { readWhole } from "./file_reader.ts";
import { type FileReply, replyWithFile } from "./file_reply.ts";
import { fileStream } from "./file_stream.ts";
import { isForbidden } from "./file_system.ts";
import type { OpenFile } from "./open_file.ts";
import type { FileSettings } from "./options.ts";
import { SMALL } from "./read_buffers.ts";
import { chooseRepresentation, type FoundFile } from "./representation.ts";

/**
 * Answers a Fetch request with a file.
 *
 * @param request The request.
 * @param locator Finds the file.
 * @param settings How files are presented.
 */
export async function fetchFile(
  request: globalThis.Request,
  locator: FileLocator,
  settings: FileSettings,
): Promise<globalThis.Response> {
  const { method, url } = request;
  if (method !== "GET" && method !== "HEAD") return bare(405, { allow: "GET, HEAD" });
  const { pathname, search } = new URL(url);
  try {
    const located = await locator.locate(pathname);
    if (located === null) return bare(404);
    if (located === "folder") return bare(301, { location: `${pathname}/${search}` });
    return await respond(located, request, settings);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return bare(403);
  }
}

function bare(status: number, headers: Readonly<Record<string, string>> = {}): globalThis.Response {
  return new Response(null, { status, headers });
}

async function respond(
  found: FoundFile,
  request: globalThis.Request,
  settings: FileSettings,
): Promise<globalThis.Response> {
  const { file, presentation } = await chooseRepresentation(found, request.headers, settings);
  try {
    const reply = replyWithFile(request.method, request.headers, file, presentation, Date.now());
    const { status } = reply;
    const headers = new Headers(reply.fields.map(([name, value]): [string, string] => [name, value]));
    if (reply.pieces !== null) headers.set("content-length", `${reply.length}`);
    const body = request.method === "HEAD" ? null : await contentOf(reply, file);
    return new Response(body, { status, headers });
  } finally {
    await file.handle.close();
  }
}

async function contentOf(
  { pieces, length }: FileReply,
  file: OpenFile,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  if (pieces === null || length === 0) return null;
  const [only] = pieces;
  if (length < SMALL && pieces.length === 1 && typeof only === "object") {
    return await readWhole(file, new Uint8Array(length), only);
  }
  return fileStream(file, pieces);
}
