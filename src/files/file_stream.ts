import { FileChangedError } from "./errors.ts";
import { readRange } from "./file_reader.ts";
import type { Piece } from "./file_reply.ts";
import { type OpenFile, openRegularFile } from "./open_file.ts";
import { SMALL } from "./read_buffers.ts";

const encoder = new TextEncoder();

/**
 * Makes a stream of the pieces of a reply, for a Fetch `Response`.
 *
 * The file is opened again when the stream is first read, so a response that nobody reads, as a middleware
 * may make of it, keeps no file open.
 *
 * @param file The file as it was when the reply was decided; it may have been closed.
 * @param pieces The content.
 * @returns A stream that fails with a {@linkcode FileChangedError} if the file becomes shorter, or is
 * replaced before it is first read.
 */
export function fileStream(
  file: OpenFile,
  pieces: readonly Piece[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let content: AsyncGenerator<Uint8Array<ArrayBuffer>, void> | null = null;
  return new ReadableStream({
    pull: async (controller) => {
      content ??= readPieces(file, pieces);
      const { value, done } = await content.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void await content?.return(),
  }, { highWaterMark: 0 });
}

async function* readPieces(
  expected: OpenFile,
  pieces: readonly Piece[],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const file = await openRegularFile(expected.path, true);
  if (file === null || file === "folder") throw replaced(expected);
  try {
    if (file.inode !== expected.inode) throw replaced(expected);
    for (const piece of pieces) {
      if (typeof piece === "string") {
        yield encoder.encode(piece);
        continue;
      }
      const { end } = piece;
      for (let { start } = piece; start < end;) {
        const buffer = new Uint8Array(Math.min(SMALL, end - start));
        const size = await readRange(file, buffer, { start, end });
        yield size === buffer.length ? buffer : buffer.subarray(0, size);
        start += size;
      }
    }
  } finally {
    await file.handle.close();
  }
}

function replaced({ path }: OpenFile): FileChangedError {
  return new FileChangedError(`Cannot send file ${JSON.stringify(path)}: it has been replaced meanwhile`);
}
