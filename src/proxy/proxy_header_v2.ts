import type { Address } from "../net/socket.ts";
import { crc32c } from "./crc32c.ts";
import { formatIpAddress } from "./ip_address.ts";
import type { ProxyHeader, Unfinished } from "./parsed_header.ts";

// proxy-protocol.txt, section 2.2:
//
//   bytes 0 to 11    signature
//   byte 12          version (high 4 bits, always 2), command (low 4 bits: 0 LOCAL, 1 PROXY)
//   byte 13          address family (high 4 bits), transport protocol (low 4 bits)
// bytes 14 to 15 number of bytes that follow: the addresses, then extensions (type, length of 2 bytes, value)

/** First bytes of a header of version 2. */
export const VERSION_2_SIGNATURE: Uint8Array = new TextEncoder().encode("\r\n\r\n\0\r\nQUIT\n");

/** Bytes before the addresses. */
const FIXED_SIZE = 16;

/** Bytes of type and length before the value of an extension. */
const EXTENSION_HEAD = 3;

const LOCAL = 0x20;
const PROXY = 0x21;

const MAX_FAMILY = 3;
const MAX_TRANSPORT = 2;

const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
const UNIX_STREAM = 0x31;

/** Bytes of both addresses and ports together. */
const ADDRESS_SIZES: ReadonlyMap<number, number> = new Map([
  [TCP_OVER_IPV4, 2 * 4 + 2 * 2],
  [TCP_OVER_IPV6, 2 * 16 + 2 * 2],
  [UNIX_STREAM, 2 * 108],
]);

/** The extension that carries a checksum of the header. */
const TYPE_CRC32C = 0x03;

/**
 * Parses a header of version 2, which is binary.
 *
 * @param bytes The bytes so far, which begin with {@linkcode VERSION_2_SIGNATURE}.
 * @param limit Bytes that the header may have.
 */
export function parseVersion2(bytes: Uint8Array, limit: number): ProxyHeader | Unfinished {
  const command = bytes[12];
  if (command === undefined) return "partial";
  if (command !== LOCAL && command !== PROXY) return "malformed";
  if (bytes.length < FIXED_SIZE) return "partial";
  const size = FIXED_SIZE + readUint16(bytes, 14);
  if (size > limit) return "malformed";
  if (bytes.length < size) return "partial";
  // The proxy speaks for itself, as in a health check: whatever else the header has is ignored.
  if (command === LOCAL) return { size, source: null };
  return parseProxied(bytes[13]!, bytes.subarray(0, size));
}

function parseProxied(kind: number, header: Uint8Array): ProxyHeader | Unfinished {
  const size = header.length;
  if (kind >> 4 > MAX_FAMILY || (kind & 15) > MAX_TRANSPORT) return "malformed";
  const addressSize = ADDRESS_SIZES.get(kind);
  // Unspecified, or datagrams, whose sender is no peer of a connection.
  if (addressSize === undefined) return { size, source: null };
  if (size < FIXED_SIZE + addressSize) return "malformed";
  if (!extensionsAreValid(header, FIXED_SIZE + addressSize)) return "malformed";
  return { size, source: readSource(kind, header) };
}

function readSource(kind: number, header: Uint8Array): Address {
  if (kind === UNIX_STREAM) return { path: readPath(header.subarray(FIXED_SIZE, FIXED_SIZE + 108)) };
  const length = kind === TCP_OVER_IPV4 ? 4 : 16;
  const address = header.subarray(FIXED_SIZE, FIXED_SIZE + length);
  return { hostname: formatIpAddress(address), port: readUint16(header, FIXED_SIZE + 2 * length) };
}

/**
 * The bytes up to the first NUL; empty for a socket without a name, and for one of Linux's abstract
 * namespace.
 */
function readPath(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/**
 * Walks the extensions: each must end within the header, and a checksum must be right. Their values are not
 * used.
 */
function extensionsAreValid(header: Uint8Array, start: number): boolean {
  for (let at = start; at < header.length;) {
    if (at + EXTENSION_HEAD > header.length) return false;
    const length = readUint16(header, at + 1);
    const value = at + EXTENSION_HEAD;
    if (value + length > header.length) return false;
    if (header[at] === TYPE_CRC32C && !checksumIsRight(header, value, length)) return false;
    at = value + length;
  }
  return true;
}

/** Compares the checksum with the header's own, in which the four bytes of the checksum count as zeros. */
function checksumIsRight(header: Uint8Array, at: number, length: number): boolean {
  if (length !== 4) return false;
  const given = (readUint16(header, at) * 0x10000) + readUint16(header, at + 2);
  const zeroed = new Uint8Array(header);
  zeroed.fill(0, at, at + 4);
  return crc32c(zeroed) === given;
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
