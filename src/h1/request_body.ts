import { HttpError } from "../http/errors.ts";
import type { ReceivedHead } from "./received_head.ts";
import type { BodyDecoder, BodyLimits } from "./body_decoder.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import { LengthDecoder } from "./length_decoder.ts";

/**
 * Creates the decoder of a request's content, RFC 9112 section 6.3.
 *
 * @returns The decoder; `null` if the request has no content.
 * @throws {HttpError} 413 if Content-Length exceeds the limit.
 */
export function bodyDecoder(head: ReceivedHead, limits: BodyLimits): BodyDecoder | null {
  if (head.chunked) return new ChunkedDecoder(limits);
  if (head.contentLength <= 0) return null;
  if (head.contentLength > limits.maxRequestBodySize) throw new HttpError(413, "The content is too large");
  return new LengthDecoder(head.contentLength);
}
