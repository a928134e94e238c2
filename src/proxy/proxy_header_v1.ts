import type { TcpAddress } from "../net/socket.ts";
import { formatIpAddress, parseIpAddress } from "./ip_address.ts";
import type { ProxyHeader, Unfinished } from "./parsed_header.ts";

// proxy-protocol.txt, section 2.1:
//
//   "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP source-port SP destination-port CRLF
//   "PROXY" SP "UNKNOWN" [ anything ] CRLF

/** First bytes of a header of version 1. */
export const VERSION_1_PREFIX: Uint8Array = new TextEncoder().encode("PROXY ");

/** Bytes of the longest header, CR LF included. */
const MAX_SIZE = 107;

const CR = 13;
const LF = 10;

const decoder = new TextDecoder("latin1");

/**
 * Parses a header of version 1, which is a line of text.
 *
 * @param bytes The bytes so far, which begin with {@linkcode VERSION_1_PREFIX}.
 */
export function parseVersion1(bytes: Uint8Array): ProxyHeader | Unfinished {
  const end = findLineEnd(bytes);
  if (typeof end === "string") return end;
  const size = end + 2;
  const words = decoder.decode(bytes.subarray(VERSION_1_PREFIX.length, end)).split(" ");
  const [family, source = "", destination = "", sourcePort = "", destinationPort = "", ...more] = words;
  // The rest of the line is ignored, as the specification asks.
  if (family === "UNKNOWN") return { size, source: null };
  if (family !== "TCP4" && family !== "TCP6" || more.length > 0) return "malformed";
  const from = parseEnd(family, source, sourcePort);
  const to = parseEnd(family, destination, destinationPort);
  return from === null || to === null ? "malformed" : { size, source: from };
}

/** Finds the CR of the first CR LF. A CR or LF alone makes the line malformed. */
function findLineEnd(bytes: Uint8Array): number | Unfinished {
  const limit = Math.min(bytes.length, MAX_SIZE);
  for (let i = VERSION_1_PREFIX.length; i < limit; i++) {
    if (bytes[i] === LF) return "malformed";
    if (bytes[i] !== CR) continue;
    if (i + 1 < limit) return bytes[i + 1] === LF ? i : "malformed";
  }
  return limit < MAX_SIZE ? "partial" : "malformed";
}

function parseEnd(family: "TCP4" | "TCP6", text: string, port: string): TcpAddress | null {
  if (text.includes(":") !== (family === "TCP6")) return null;
  const address = parseIpAddress(text);
  if (address === null || !/^(?:0|[1-9][0-9]{0,4})$/.test(port) || Number(port) > 65535) return null;
  return { hostname: formatIpAddress(address), port: Number(port) };
}
