import type { Address } from "../../src/net/socket.ts";

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** Bytes of ASCII text. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/**
 * A header of version 2: version and command, family and transport, what follows, and the length if it is to
 * lie.
 */
export function version2(
  command: number,
  kind: number,
  rest: number[],
  length = rest.length,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...SIGNATURE, command, kind, length >> 8, length & 0xff, ...rest]);
}

/** An extension of a header of version 2. */
export function extension(type: number, value: number[], length = value.length): number[] {
  return [type, length >> 8, length & 0xff, ...value];
}

/** 192.0.2.1 port 56324 to 192.0.2.11 port 443. */
export const IPV4: number[] = [192, 0, 2, 1, 192, 0, 2, 11, 0xdc, 0x04, 0x01, 0xbb];

/** 2001:db8::1 port 56324 to 2001:db8::2 port 443. */
export const IPV6: number[] = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ...[0xdc, 0x04, 0x01, 0xbb],
];

/** Two paths of Unix sockets, each filled up with NUL to 108 bytes. */
export function unixPaths(source: string, destination: string): number[] {
  const padded = (text: string) => [...ascii(text), ...new Array<number>(108 - text.length).fill(0)];
  return [...padded(source), ...padded(destination)];
}

/** Headers that are complete, and the client that each names. */
export const HEADERS: readonly { name: string; bytes: Uint8Array<ArrayBuffer>; source: Address | null }[] = [
  {
    name: "the example of version 1",
    bytes: ascii("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
    source: { hostname: "192.168.0.1", port: 56324 },
  },
  {
    name: "the longest of TCP4",
    bytes: ascii("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
    source: { hostname: "255.255.255.255", port: 65535 },
  },
  {
    name: "the longest of TCP6",
    bytes: ascii(`PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`),
    source: { hostname: `${"ffff:".repeat(7)}ffff`, port: 65535 },
  },
  {
    name: "TCP6 in short",
    bytes: ascii("PROXY TCP6 2001:DB8::1 ::1 0 1\r\n"),
    source: { hostname: "2001:db8::1", port: 0 },
  },
  {
    name: "TCP6 with a mapped address",
    bytes: ascii("PROXY TCP6 ::ffff:192.0.2.1 ::1 80 81\r\n"),
    source: { hostname: "192.0.2.1", port: 80 },
  },
  { name: "UNKNOWN in short", bytes: ascii("PROXY UNKNOWN\r\n"), source: null },
  {
    name: "the worst case of version 1",
    bytes: ascii(`PROXY UNKNOWN ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`),
    source: null,
  },
  { name: "UNKNOWN with anything", bytes: ascii("PROXY UNKNOWN x\t\0\xff y\r\n"), source: null },
  { name: "LOCAL of version 2", bytes: version2(0x20, 0x00, []), source: null },
  { name: "LOCAL with addresses", bytes: version2(0x20, 0x11, IPV4), source: null },
  { name: "LOCAL of a family that there is not", bytes: version2(0x20, 0xff, [1, 2, 3]), source: null },
  {
    name: "TCP over IPv4",
    bytes: version2(0x21, 0x11, IPV4),
    source: { hostname: "192.0.2.1", port: 56324 },
  },
  {
    name: "TCP over IPv6",
    bytes: version2(0x21, 0x21, IPV6),
    source: { hostname: "2001:db8::1", port: 56324 },
  },
  {
    name: "a Unix socket",
    bytes: version2(0x21, 0x31, unixPaths("/run/client.sock", "/run/server.sock")),
    source: { path: "/run/client.sock" },
  },
  {
    name: "a Unix socket without a name",
    bytes: version2(0x21, 0x31, unixPaths("", "/a")),
    source: { path: "" },
  },
  {
    name: "a path that fills its field",
    bytes: version2(0x21, 0x31, unixPaths("a".repeat(108), "/a")),
    source: { path: "a".repeat(108) },
  },
  { name: "UNSPEC", bytes: version2(0x21, 0x00, []), source: null },
  { name: "UNSPEC with more", bytes: version2(0x21, 0x00, [1, 2, 3]), source: null },
  { name: "UDP over IPv4", bytes: version2(0x21, 0x12, IPV4), source: null },
  { name: "IPv4 without a transport", bytes: version2(0x21, 0x10, IPV4), source: null },
  {
    name: "extensions",
    bytes: version2(0x21, 0x11, [
      ...IPV4,
      ...extension(0x02, [...ascii("example.org")]),
      ...extension(0x04, []),
      ...extension(0x20, [1, 0, 0, 0, 0, ...extension(0x21, [...ascii("TLSv1.3")])]),
      ...extension(0xea, [1, ...ascii("vpce-08d2bf15fac5001c9")]),
    ]),
    source: { hostname: "192.0.2.1", port: 56324 },
  },
  {
    name: "the most that a header may have",
    bytes: version2(0x21, 0x11, [...IPV4, ...extension(0x04, new Array<number>(4096 - 16 - 12 - 3).fill(7))]),
    source: { hostname: "192.0.2.1", port: 56324 },
  },
];

/** Bytes that are no header and cannot become one. */
export const MALFORMED: readonly { name: string; bytes: Uint8Array<ArrayBuffer> }[] = [
  ...[
    "GET / HTTP/1.1\r\n",
    "PROXX",
    "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
    "PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n",
    "PROXY TCP4 1.2.3.4\t1.2.3.4 1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n",
    "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.256 1 2\r\n",
    "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
    "PROXY TCP4 ::1 ::1 1 2\r\n",
    "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY TCP6 ::1::2 ::1 1 2\r\n",
    "PROXY TCP6 [::1] ::1 1 2\r\n",
    "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY \r\n",
    "PROXY UNKNOWNX\r\n",
    `PROXY UNKNOWN ${"x".repeat(107 - 16 + 1)}\r\n`,
    `PROXY UNKNOWN ${"x".repeat(107 - 14)}`,
    "\r\n\r\n\0\r\nQUIT\r",
    "\r\nGET / HTTP/1.1\r\n",
  ].map((text) => ({ name: JSON.stringify(text), bytes: ascii(text) })),
  { name: "version 1 in the form of 2", bytes: version2(0x11, 0x11, IPV4) },
  { name: "version 3", bytes: version2(0x31, 0x11, IPV4) },
  { name: "an unknown command", bytes: version2(0x22, 0x11, IPV4) },
  { name: "an unknown family", bytes: version2(0x21, 0x41, IPV4) },
  { name: "an unknown transport", bytes: version2(0x21, 0x13, IPV4) },
  { name: "IPv4 that is too short", bytes: version2(0x21, 0x11, IPV4.slice(1)) },
  { name: "IPv6 that is too short", bytes: version2(0x21, 0x21, IPV6.slice(1)) },
  { name: "Unix paths that are too short", bytes: version2(0x21, 0x31, unixPaths("a", "b").slice(1)) },
  { name: "an extension without its length", bytes: version2(0x21, 0x11, [...IPV4, 4, 0]) },
  {
    name: "an extension beyond the header",
    bytes: version2(0x21, 0x11, [...IPV4, ...extension(4, [1, 2], 3)]),
  },
  { name: "a checksum that is wrong", bytes: version2(0x21, 0x11, [...IPV4, ...extension(3, [1, 2, 3, 4])]) },
  { name: "a checksum of three bytes", bytes: version2(0x21, 0x11, [...IPV4, ...extension(3, [1, 2, 3])]) },
  { name: "more than a header may have", bytes: version2(0x21, 0x11, [], 4096 - 16 + 1) },
];
