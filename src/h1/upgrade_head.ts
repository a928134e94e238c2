import { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";

/**
 * The fields of the response that leaves HTTP, RFC 9110 section 7.8: the handler's own, and for a 101 the
 * protocol (the first that the client offered, where the handler chose none) and `connection: upgrade`.
 *
 * @param head The request.
 * @param headers The handler's fields, if it set any.
 */
export function upgradeFields(head: RequestHead, headers: HeaderMap | null): HeaderMap {
  const fields = headers ?? new HeaderMap();
  fields.delete("content-length");
  fields.delete("transfer-encoding");
  if (head.method === "CONNECT") return fields;
  if (!fields.has("upgrade")) {
    const [first = ""] = (head.fields().get("upgrade") ?? "").split(",");
    fields.set("upgrade", first);
  }
  fields.set("connection", "upgrade");
  return fields;
}
