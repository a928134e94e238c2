import { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";

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
 * The fields of the response that leaves HTTP, RFC 9110 section 7.8: the handler's own, and for a 101 the protocol (the first
 * that the client offered, where the handler chose none) and `connection: upgrade`.
 *
 * @param head The request, which offers an upgrade or is a CONNECT.
 * @param headers The handler's fields.
 */
export function upgradeFields(head: RequestHead, headers: HeaderMap): HeaderMap {
  const fields = new HeaderMap(headers);
  fields.delete("content-length");
  fields.delete("transfer-encoding");
  if (head.method === "CONNECT") return fields;
  if (!fields.has("upgrade")) {
    fields.set("upgrade", offeredProtocol(head.fields().get("upgrade") ?? "") ?? "");
  }
  fields.set("connection", "upgrade");
  return fields;
}
