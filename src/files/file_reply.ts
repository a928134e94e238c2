import type { ByteRange } from "./byte_ranges.ts";
import { parseByteRanges } from "./byte_ranges.ts";
import { evaluateConditions, rangeApplies, type RequestFields } from "./conditions.ts";
import { entityTag } from "./entity_tag.ts";
import { formatHttpDate } from "./http_date.ts";
import { multipart } from "./multipart.ts";
import type { OpenFile } from "./open_file.ts";

/** A piece of content: text in ASCII, or a part of the file. */
export type Piece = string | ByteRange;

/** The answer to a request for a file that exists. */
export interface FileReply {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /** Names in lower case, and values. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /**
   * The content in order, as GET is answered; `null` where the status allows none, or none is sent with it.
   */
  readonly pieces: readonly Piece[] | null;
  /** Bytes of the content. */
  readonly length: number;
}

/** Properties of a file that its file system does not know. */
export interface Presentation {
  /** The value of `content-type`. */
  readonly type: string;
  /** The content coding of the file; `null` if it is not encoded. */
  readonly coding: string | null;
  /** True if another request may be answered with another coding. */
  readonly varies: boolean;
  /** The value of `cache-control`; `null` for none. */
  readonly cacheControl: string | null;
}

/**
 * Modification times up to here carry no meaning: builds that are to be reproducible, such as those of Nix,
 * give every file the same one. In milliseconds since the epoch.
 */
const MEANINGLESS = 1999;

/**
 * Decides how a GET or HEAD request for a file is answered (RFC 9110 sections 13 and 14).
 *
 * @param method `GET`, or `HEAD`, for which `range` has no meaning.
 * @param request The fields of the request.
 * @param file The file, or its compressed copy.
 * @param presentation What is known of it besides.
 * @param now The current time, in milliseconds since the epoch.
 */
export function replyWithFile(
  method: string,
  request: RequestFields,
  file: Pick<OpenFile, "size" | "modified">,
  presentation: Presentation,
  now: number,
): FileReply {
  const { type, coding, varies, cacheControl } = presentation;
  const { size } = file;
  const known = file.modified > MEANINGLESS;
  const tag = known ? entityTag(size, file.modified, coding === null ? "" : `-${coding}`) : null;
  // RFC 9110 section 8.8.2.1: a date in the future is replaced by that of the message.
  const modified = known ? Math.floor(Math.min(file.modified, now) / 1000) * 1000 : null;
  const validators = { tag, modified };

  const fields: [string, string][] = [];
  if (cacheControl !== null) fields.push(["cache-control", cacheControl]);
  if (varies) fields.push(["vary", "accept-encoding"]);
  if (tag !== null) fields.push(["etag", tag]);

  const status = evaluateConditions(request, validators, now);
  if (status === 412) return { status, fields: [], pieces: null, length: 0 };
  // RFC 9110 section 15.4.5: no other metadata where there is an entity tag.
  if (status === 304) return { status, fields, pieces: null, length: 0 };

  if (modified !== null) fields.push(["last-modified", formatHttpDate(modified)]);
  fields.push(["accept-ranges", "bytes"]);
  const range = method === "GET" ? request.get("range") : null;
  const ranges = range !== null && rangeApplies(request, validators, now)
    ? parseByteRanges(range, size)
    : null;
  if (ranges?.length === 0) {
    return { status: 416, fields: [["content-range", `bytes */${size}`]], pieces: null, length: 0 };
  }
  if (coding !== null) fields.push(["content-encoding", coding]);
  if (ranges !== null && ranges.length > 1) {
    const { contentType, pieces, length } = multipart(ranges, size, type);
    fields.push(["content-type", contentType]);
    return { status: 206, fields, pieces, length };
  }
  fields.push(["content-type", type]);
  const [only] = ranges ?? [];
  if (only !== undefined) {
    fields.push(["content-range", `bytes ${only.start}-${only.end - 1}/${size}`]);
    return { status: 206, fields, pieces: [only], length: only.end - only.start };
  }
  return { status: 200, fields, pieces: size === 0 ? [] : [{ start: 0, end: size }], length: size };
}
