import { TextLineStream } from "@std/streams";

/** Splits a stream of UTF-8 into lines. */
export function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  const lines: TransformStream<string, string> = new TextLineStream();
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(lines);
}
