import { handled } from "../http/handled.ts";
import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import { type Beginning, mayBeCoded } from "./content_coding.ts";
import { type ContentFields, copyFields } from "./response_fields.ts";
import type { KnownParts, PlainBody } from "./response_parts.ts";
import { StreamSender } from "./stream_sender.ts";

type WebResponse = globalThis.Response;

/**
 * Sends a Fetch response.
 *
 * A `content-length` that does not fit content whose size is known is replaced by the right one, as runtimes
 * do. A `content-encoding` that the content does not have is removed: see {@linkcode mayBeCoded}.
 *
 * @param web The response.
 * @param known The parts of it that are known without asking the runtime.
 * @param request The request that it answers.
 * @param response The response to send.
 * @returns A promise where the content takes time; it resolves when all has been sent.
 * @throws {TypeError} If it is a network error, its body has been used, or a field cannot be sent.
 */
export function sendResponse(
  web: WebResponse,
  known: KnownParts | null,
  request: Request,
  response: Response<Fresh>,
): void | Promise<void> {
  const { status, statusText } = web;
  if (status === 0) throw new TypeError("Cannot send the response: it is a network error");
  if (web.bodyUsed) throw new TypeError("Cannot send the response: its body has been used");
  let fields: ContentFields;
  try {
    response.status = status;
    if (statusText !== "") setReason(response, statusText);
    fields = copyFields(web, known, response.headers);
  } catch (error) {
    if (web.body !== null) handled(web.body.cancel(error));
    throw error;
  }
  if (known !== null) return sendKnown(known.body, fields, request, response);
  const { body } = web;
  if (body === null) return sendKnown(null, fields, request, response);
  return new StreamSender(body, request.method === "HEAD", fields).send(response);
}

/** Sends content of known size. */
function sendKnown(
  body: PlainBody,
  { hasLength, hasCoding }: ContentFields,
  request: Request,
  response: Response<Fresh>,
): void | Promise<void> {
  // HEAD and 304 tell the length of content that they do not have: RFC 9110 section 8.6.
  const tellsLength = body === null && (request.method === "HEAD" || response.status === 304);
  if (hasLength && !tellsLength) response.headers.delete("content-length");
  if (body === null) return response.send();
  // A part of coded content need not begin like the whole.
  return hasCoding && response.status !== 206 ? sendCoded(body, response) : response.send(body);
}

async function sendCoded(body: Exclude<PlainBody, null>, response: Response<Fresh>): Promise<void> {
  const { headers } = response;
  // Text has no coding: its bytes are UTF-8.
  const isCoded = typeof body !== "string" &&
    await mayBeCoded(headers.get("content-encoding") ?? "", await beginningOf(body));
  if (!isCoded) headers.delete("content-encoding");
  await response.send(body);
}

async function beginningOf(body: Uint8Array | Blob): Promise<Beginning> {
  if (!(body instanceof Blob)) return { bytes: body, isWhole: true, isFetched: false };
  const bytes = new Uint8Array(await body.slice(0, 4096).arrayBuffer());
  return { bytes, isWhole: bytes.length === body.size, isFetched: false };
}

/** The property of a response that sets the reason phrase, RFC 9112 section 4. */
const REASON = Symbol.for("handoff.reason");

function setReason(response: Response<Fresh>, reason: string): void {
  (response as unknown as Record<symbol, string>)[REASON] = reason;
}
