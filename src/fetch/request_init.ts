import { joinCookies } from "../http/received_fields.ts";
import type { Request } from "../http/request.ts";

/** Methods that the Fetch standard allows no request to have. */
const FORBIDDEN_METHOD = /^(?:connect|trace|track)$/i;
/** Methods whose requests have no content in the Fetch standard. */
const WITHOUT_CONTENT = /^(?:get|head|connect|trace|track)$/i;

/** The init of a runtime's `Request`; types lack `duplex`. */
export type FetchRequestInit = RequestInit & { duplex?: "half" };

/**
 * Checks if content follows the head of a request, be it empty. The parser has made sure that these
 * fields are valid.
 *
 * @param request What was received.
 * @returns `true` also for a `content-length` of 0.
 */
export function isFramed(request: Request): boolean {
  const { headers } = request;
  return headers.has("transfer-encoding") || headers.has("content-length");
}

/**
 * Checks if the Fetch request of a received one has a body, be it empty.
 *
 * @param request What was received.
 * @returns `false` for content with GET, HEAD, TRACE and CONNECT, for which the Fetch standard has no room.
 */
export function hasBody(request: Request): boolean {
  return isFramed(request) && !WITHOUT_CONTENT.test(request.method);
}

/**
 * The method to make a runtime's `Request` with.
 *
 * @param request What was received.
 * @returns `GET` in place of a method that the Fetch standard forbids.
 */
export function allowedMethod({ method }: Request): string {
  return FORBIDDEN_METHOD.test(method) ? "GET" : method;
}

/**
 * The header fields to make `Headers` of. Several `cookie` fields are one, which Deno's `Headers` would join
 * wrongly.
 *
 * @param request What was received.
 * @returns Pairs of name and value.
 */
export function fetchFields(request: Request): [name: string, value: string][] {
  return joinCookies(request.headers.raw());
}

/**
 * Reads the content into a `Blob`.
 *
 * @param request What was received.
 * @param headers The fields of its Fetch request, which may have been changed: they have the type.
 * @returns The content, with the type in the form that the Fetch standard gives it.
 */
export async function blobOf(request: Request, headers: Headers): Promise<Blob> {
  const type = headers.get("content-type");
  const init = type === null ? {} : { headers: { "content-type": type } };
  return await new globalThis.Response(await request.bytes(), init).blob();
}
