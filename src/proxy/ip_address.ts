/** Longest text of an IP address: an IPv6 address whose last 32 bits are written as IPv4. */
const MAX_TEXT = 45;

/** Groups of 16 bits in an IPv6 address. */
const GROUPS = 8;

/**
 * Parses an IP address, RFC 3986 section 3.2.2 (`IPv4address`) and RFC 4291 section 2.2.
 *
 * @param text The address: `192.0.2.1` or `2001:db8::1`, without brackets, port or zone.
 * @returns 4 bytes for IPv4, 16 bytes for IPv6; an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) becomes its
 * 4 bytes of IPv4. `null` if the text is not an IP address.
 */
export function parseIpAddress(text: string): Uint8Array | null {
  if (text.length > MAX_TEXT) return null;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/**
 * Formats an IP address: dotted decimal for IPv4, RFC 5952 section 4 for IPv6.
 *
 * @param bytes 4 or 16 bytes in network byte order.
 * @returns The text that the runtimes give for the address; an IPv4-mapped IPv6 address is written as IPv4.
 */
export function formatIpAddress(bytes: Uint8Array): string {
  const address = unmapped(bytes);
  return address.length === 4 ? address.join(".") : formatIpv6(address);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    // A leading zero is refused: some readers take it for octal.
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const [before, after, ...more] = text.split("::");
  if (before === undefined || more.length > 0) return null;
  const head = parseGroups(before, after === undefined);
  const tail = after === undefined ? [] : parseGroups(after, true);
  if (head === null || tail === null) return null;
  const given = head.length + tail.length;
  // "::" stands for at least one group of zeros.
  if (after === undefined ? given !== GROUPS : given >= GROUPS) return null;
  const groups = [...head, ...new Array<number>(GROUPS - given).fill(0), ...tail];
  const bytes = new Uint8Array(2 * GROUPS);
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return unmapped(bytes);
}

/** Parses groups separated by colons; the last may be an IPv4 address, which stands for two groups. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      groups.push(parseInt(part, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
    if (ipv4 === null) return null;
    groups.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
  }
  return groups;
}

/**
 * The 4 bytes of IPv4 within an IPv4-mapped IPv6 address, RFC 4291 section 2.5.5.2; other addresses
 * unchanged.
 */
function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped = bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff &&
    bytes.subarray(0, 10).every((byte) => byte === 0);
  return isMapped ? bytes.subarray(12) : bytes;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  const { start, length } = longestZeros(groups);
  const hex = (from: number, to: number) =>
    groups.slice(from, to).map((group) => group.toString(16)).join(":");
  // One group of zeros is written out, RFC 5952 section 4.2.2.
  return length < 2 ? hex(0, GROUPS) : `${hex(0, start)}::${hex(start + length, GROUPS)}`;
}

/** Finds the first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
