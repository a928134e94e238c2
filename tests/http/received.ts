import { type HeaderMap, headerMapFromBytes } from "../../src/http/header_map.ts";

/** Creates a map as the parser does, from lines with LF for CRLF, within a larger buffer. */
export function received(lines: string): HeaderMap {
  const text = lines.replaceAll("\n", "\r\n");
  const bytes = Uint8Array.from(`GET / HTTP/1.1\r\n${text}\r\nbody: b\r\n`, (char) => char.charCodeAt(0));
  return headerMapFromBytes(bytes, 16, 16 + text.length);
}
