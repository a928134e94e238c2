import { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";

/**
 * A protocol in an Upgrade field.
 *
 *     protocol         = protocol-name ["/" protocol-version]
 *     protocol-name    = token
 *     protocol-version = token
 */
const PROTOCOL = /^[\w!#$%&'*+\-.^`|~]+(?:\/[\w!#$%&'*+\-.^`|~]+)?$/;

/**
 * Finds the first protocol in the list of an Upgrade field, RFC 9110 section 7.8; `null` if the list names
 * none.
 *
 * @param value The value, or the values of several lines joined by commas.
 */
export function offeredProtocol(value: string): string | null {
  return value.split(",").map((element) => element.trim()).find((element) => PROTOCOL.test(element)) ?? null;
}

/**
 * Builds the fields of the response that ends HTTP, RFC 9110 section 7.8: the handler's fields, and for a 101
 * also `connection: upgrade` and the protocol (the first that the client offered, if the handler chose none).
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
