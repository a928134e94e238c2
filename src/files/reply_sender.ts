import type { Fresh, Response, Streaming } from "../http/response.ts";
import { readRange, readWhole } from "./file_reader.ts";
import type { FileReply, Piece } from "./file_reply.ts";
import type { OpenFile } from "./open_file.ts";
import { giveBuffer, SMALL, takeBuffer } from "./read_buffers.ts";

/**
 * Sends a reply. Resolves when all of it has been written.
 *
 * @param method `GET`, or `HEAD`, which is sent no content.
 * @param reply What to send.
 * @param file The file that its pieces are parts of; it stays open.
 * @param response Nothing of it has been sent. The fields of the reply replace those that the handler has
 * set, except `vary`, which is added to.
 * @throws {FileChangedError} If the file becomes shorter meanwhile.
 * @throws {ConnectionClosedError} If the client goes away.
 */
export async function sendReply(
  method: string,
  reply: FileReply,
  file: OpenFile,
  response: Response<Fresh>,
): Promise<void> {
  const { status, pieces, length } = reply;
  const { headers } = response;
  for (const [name, value] of reply.fields) {
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
  response.status = status;
  if (pieces === null) headers.delete("content-type");
  if (method === "HEAD" && pieces !== null) headers.set("content-length", `${length}`);
  if (method === "HEAD" || length === 0) return response.send();
  const [only] = pieces!;
  const buffer = takeBuffer();
  if (length < SMALL && pieces!.length === 1 && typeof only === "object") {
    response.send(await readWhole(file, buffer, only));
  } else {
    headers.set("content-length", `${length}`);
    await sendPieces(pieces!, file, buffer, response);
  }
  // Not where that has failed: a write may still be under way.
  giveBuffer(buffer);
}

async function sendPieces(
  pieces: readonly Piece[],
  file: OpenFile,
  buffer: Uint8Array<ArrayBuffer>,
  response: Response<Fresh>,
): Promise<void> {
  const streaming = response.start();
  for (const piece of pieces) {
    if (typeof piece === "string") {
      await streaming.write(piece);
      continue;
    }
    const { end } = piece;
    for (let { start } = piece; start < end;) {
      const size = await readRange(file, buffer, { start, end });
      if (size === buffer.length) await streaming.write(buffer);
      else await writeCopied(buffer.subarray(0, size), streaming);
      start += size;
    }
  }
  streaming.end();
}

/**
 * Writes bytes in pieces that are copied as they are written. A full buffer is sent from where it lies, and
 * its write resolves once it has been taken; a piece between {@linkcode SMALL} and that size would be sent
 * from where it lies too, but only together with what is written next, when the buffer holds something else.
 */
async function writeCopied(bytes: Uint8Array, streaming: Response<Streaming>): Promise<void> {
  for (let at = 0; at < bytes.length; at += SMALL / 2) {
    await streaming.write(bytes.subarray(at, at + SMALL / 2));
  }
}
