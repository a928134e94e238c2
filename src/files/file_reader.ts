import type { ByteRange } from "./byte_ranges.ts";
import { FileChangedError } from "./errors.ts";
import type { OpenFile } from "./open_file.ts";

/**
 * Reads a part of a file, as much as there is room for.
 *
 * @param file The file.
 * @param buffer Where to read to.
 * @param range The part; its beginning is read if it is longer than the buffer.
 * @returns Bytes that were read, at least one.
 * @throws {FileChangedError} If the file ends before the part.
 */
export async function readRange(
  file: Pick<OpenFile, "handle" | "path">,
  buffer: Uint8Array,
  range: ByteRange,
): Promise<number> {
  const { bytesRead } = await file.handle.read(
    buffer,
    0,
    Math.min(buffer.length, range.end - range.start),
    range.start,
  );
  if (bytesRead === 0) {
    throw new FileChangedError(
      `Cannot send file ${JSON.stringify(file.path)}: it has become shorter than ${range.end} bytes`,
    );
  }
  return bytesRead;
}

/**
 * Reads a part of a file into the beginning of a buffer that has room for all of it.
 *
 * @returns The bytes, a view of the buffer.
 * @throws {FileChangedError} If the file ends before the part does.
 */
export async function readWhole(
  file: Pick<OpenFile, "handle" | "path">,
  buffer: Uint8Array<ArrayBuffer>,
  range: ByteRange,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = range.end - range.start;
  let done = 0;
  while (done < size) {
    done += await readRange(file, buffer.subarray(done), { start: range.start + done, end: range.end });
  }
  return buffer.subarray(0, size);
}
