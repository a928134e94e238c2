import { ResponseError } from "../http/errors.ts";
import { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";
import { informationalHead, responseHead } from "./response_head.ts";
import { END_OF_HEAD } from "./response_framing.ts";

/**
 *     protocol         = protocol-name ["/" protocol-version]
 *     protocol-name    = token
 *     protocol-version = token
 */
const PROTOCOL = /^[\w!#$%&'*+\-.^`|~]+(?:\/[\w!#$%&'*+\-.^`|~]+)?$/;

/**
 * The first protocol of an Upgrade field's list, RFC 9110 section 7.8; `null` where it names none.
 *
 * @param value The value, or those of several lines joined by commas.
 */
export function offeredProtocol(value: string): string | null {
  return value.split(",").map((element) => element.trim()).find((element) => PROTOCOL.test(element)) ?? null;
}

/**
 * The fields of the response that leaves HTTP, RFC 9110 section 7.8: the handler's own, and for a 101 the
 * protocol (the first that the client offered, where the handler chose none) and `connection: upgrade`.
 *
 * @param head The request.
 * @param headers The handler's fields, if it set any.
 * @throws {ResponseError} If the request neither offers an upgrade nor is a CONNECT.
 */
export function upgradeFields(head: RequestHead, headers: HeaderMap | null): HeaderMap {
  const isConnect = head.method === "CONNECT";
  if (!isConnect && !head.upgrade) {
    throw new ResponseError("Cannot upgrade: the request neither offers an upgrade nor is a CONNECT");
  }
  const fields = headers ?? new HeaderMap();
  fields.delete("content-length");
  fields.delete("transfer-encoding");
  if (isConnect) return fields;
  if (!fields.has("upgrade")) {
    fields.set("upgrade", offeredProtocol(head.fields().get("upgrade") ?? "") ?? "");
  }
  fields.set("connection", "upgrade");
  return fields;
}

/**
 * Writes the head of the response that leaves HTTP, of which only a success of CONNECT is a final one.
 *
 * @param status 101, or 200 to CONNECT.
 * @param fields What {@linkcode upgradeFields} has made.
 * @param date The Date line.
 */
export function upgradeHead(status: number, fields: HeaderMap, date: string): string {
  return status === 101
    ? informationalHead(status, fields)
    : responseHead(status, fields, date, "", END_OF_HEAD);
}
