import type { ProxyHeader, Unfinished } from "./parsed_header.ts";
import { parseVersion1, VERSION_1_PREFIX } from "./proxy_header_v1.ts";
import { parseVersion2, VERSION_2_SIGNATURE } from "./proxy_header_v2.ts";

/**
 * Bytes that a header of the PROXY protocol may have; a longer one (of version 2, with many extensions) is
 * malformed.
 */
export const MAX_PROXY_HEADER = 4096;

/**
 * Parses a header of the PROXY protocol, version 1 or 2, at the beginning of a connection. It keeps no state:
 * a header that arrives in pieces is given again from its first byte.
 *
 * @param bytes The bytes of the connection so far.
 * @returns The header; `"partial"` if the bytes so far may be the beginning of one; `"malformed"` if they
 * cannot be, in which case the protocol asks to close the connection.
 * @see https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | Unfinished {
  switch (proxyVersion(bytes)) {
    case 1:
      return parseVersion1(bytes);
    case 2:
      return parseVersion2(bytes, MAX_PROXY_HEADER);
    case null:
      return "malformed";
    case undefined:
      return "partial";
  }
}

/**
 * Tells the version of the PROXY protocol from the first bytes of a connection.
 *
 * @param bytes The bytes of the connection so far.
 * @returns 1 or 2; `null` if the connection does not begin with a header; `undefined` while that cannot be
 * told.
 */
export function proxyVersion(bytes: Uint8Array): 1 | 2 | null | undefined {
  const [signature, version] = bytes[0] === VERSION_2_SIGNATURE[0]
    ? [VERSION_2_SIGNATURE, 2 as const]
    : [VERSION_1_PREFIX, 1 as const];
  const count = Math.min(bytes.length, signature.length);
  for (let i = 0; i < count; i++) {
    if (bytes[i] !== signature[i]) return null;
  }
  return count === signature.length ? version : undefined;
}
