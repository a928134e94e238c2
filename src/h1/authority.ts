import { CLOSE_BRACKET, COLON, DOT, HEX_VALUE, NINE, OPEN_BRACKET, REG_NAME, ZERO } from "./grammar.ts";

const PERCENT = 0x25;
const LOWER_V = 0x76;

/**
 * Checks that `bytes[start..end)` is exactly a host with an optional port, RFC 9110 section 7.2. An empty
 * host is not valid.
 *
 *     Host     = uri-host [ ":" port ]
 *     uri-host = IP-literal / IPv4address / reg-name
 *     port     = *DIGIT
 *
 * A port above 65535 is refused, and so is a comma, which RFC 3986 would allow in a name.
 */
export function isHostAndPort(bytes: Uint8Array, start: number, end: number): boolean {
  const hostEnd = bytes[start] === OPEN_BRACKET ? literalEnd(bytes, start, end) : nameEnd(bytes, start, end);
  if (hostEnd <= start) return false;
  return hostEnd === end || (bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end));
}

/** Checks that the valid authority `bytes[start..end)` has a port other than 0. */
export function hasUsablePort(bytes: Uint8Array, start: number, end: number): boolean {
  let nonZero = false;
  // The last colon begins the port, unless that colon is part of an IP literal.
  for (let i = end - 1; i >= start && bytes[i] !== CLOSE_BRACKET; i--) {
    if (bytes[i] === COLON) return nonZero;
    nonZero ||= bytes[i] !== ZERO;
  }
  return false;
}

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end) {
    if (REG_NAME[bytes[i]!] === 1) {
      i++;
    } else if (bytes[i] === PERCENT && i + 2 < end && isHex(bytes[i + 1]!) && isHex(bytes[i + 2]!)) {
      i += 3;
    } else {
      break;
    }
  }
  return i;
}

function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  let port = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65535) return false;
  }
  return true;
}

/**
 * Finds the end of an IP literal with its brackets, or -1. The closing bracket occurs in no address, so the
 * functions that scan the literal stop there and need not check for the end at each byte.
 */
function literalEnd(bytes: Uint8Array, start: number, end: number): number {
  let close = start + 1;
  while (close < end && bytes[close] !== CLOSE_BRACKET) close++;
  if (close === end) return -1;
  const valid = isIpv6(bytes, start + 1, close) || isIpvFuture(bytes, start + 1, close);
  return valid ? close + 1 : -1;
}

/**
 * Checks an IPv6 address: eight groups of one to four hexadecimal digits. One run of zero groups may be "::",
 * and the last two groups may be an IPv4 address. RFC 3986 section 3.2.2.
 */
function isIpv6(bytes: Uint8Array, start: number, end: number): boolean {
  let groups = 0;
  let compressed = false;
  let i = start;
  if (bytes[i] === COLON && bytes[i + 1] === COLON) {
    compressed = true;
    i += 2;
  }
  while (i < end) {
    const groupStart = i;
    while (isHex(bytes[i]!)) i++;
    if (bytes[i] === DOT) {
      if (!isIpv4(bytes, groupStart, end)) return false;
      groups += 2;
      break;
    }
    if (i === groupStart || i - groupStart > 4) return false;
    groups++;
    if (i === end) break;
    if (bytes[i] !== COLON) return false;
    i++;
    if (i === end) return false;
    if (bytes[i] === COLON) {
      if (compressed) return false;
      compressed = true;
      i++;
    }
  }
  return compressed ? groups <= 7 : groups === 8;
}

function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let octets = 0;
  let i = start;
  while (i < end) {
    const octetStart = i;
    let value = 0;
    while (bytes[i]! >= ZERO && bytes[i]! <= NINE) value = value * 10 + bytes[i++]! - ZERO;
    const digits = i - octetStart;
    if (digits === 0 || value > 255 || (digits > 1 && bytes[octetStart] === ZERO)) return false;
    octets++;
    if (i === end) break;
    if (bytes[i++] !== DOT || i === end) return false;
  }
  return octets === 4;
}

/**
 * Checks an address of a future version of IP, RFC 3986 section 3.2.2.
 *
 *     IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
 */
function isIpvFuture(bytes: Uint8Array, start: number, end: number): boolean {
  if ((bytes[start]! | 0x20) !== LOWER_V) return false;
  let i = start + 1;
  while (isHex(bytes[i]!)) i++;
  if (i === start + 1 || bytes[i] !== DOT || i + 1 === end) return false;
  for (i++; i < end; i++) {
    if (REG_NAME[bytes[i]!] === 0 && bytes[i] !== COLON) return false;
  }
  return true;
}

function isHex(byte: number): boolean {
  return HEX_VALUE[byte] !== 255;
}
