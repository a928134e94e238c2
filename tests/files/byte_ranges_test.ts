import { assertEquals } from "@std/assert";
import { parseByteRanges } from "../../src/files/byte_ranges.ts";

/** As pairs of first and last byte, as the field names them. */
function ranges(value: string, size: number): unknown {
  return parseByteRanges(value, size)?.map(({ start, end }) => [start, end - 1]) ?? null;
}

// RFC 9110 section 14.1.2 among them.
const CASES: readonly (readonly [value: string, expected: readonly (readonly number[])[] | null])[] = [
  ["bytes=0-499", [[0, 499]]],
  ["bytes=500-999", [[500, 999]]],
  ["bytes=-500", [[9500, 9999]]],
  ["bytes=9500-", [[9500, 9999]]],
  ["bytes=0-0,-1", [[0, 0], [9999, 9999]]],
  ["bytes= 0-999, 4500-5499, -1000", [[0, 999], [4500, 5499], [9000, 9999]]],
  ["bytes=-1000,0-999", [[9000, 9999], [0, 999]]],
  ["Bytes=0-1", [[0, 1]]],
  ["bytes=0-1,,\t3-4,", [[0, 1], [3, 4]]],
  ["bytes=0-99999999999999999999999", [[0, 9999]]],
  ["bytes=-99999999999999999999999", [[0, 9999]]],
  ["bytes=0-1,20000-", [[0, 1]]],
  // Not satisfiable.
  ["bytes=10000-", []],
  ["bytes=10000-10001", []],
  ["bytes=99999999999999999999999-", []],
  ["bytes=-0", []],
  ["bytes=-0,20000-", []],
  // Malformed, or another unit.
  ["bytes", null],
  ["bytes=", null],
  ["bytes=,", null],
  ["bytes=-", null],
  ["bytes=1-0", null],
  ["bytes=a-b", null],
  ["bytes=0x0-1", null],
  ["bytes=+0-1", null],
  ["bytes=0-1;2-3", null],
  ["bytes=0 - 1", null],
  ["bytes=0-1,bytes=3-4", null],
  ["bytes =0-1", null],
  ["lines=0-1", null],
  // They cost more than the whole file.
  ["bytes=0-10,10-20", null],
  ["bytes=0-,0-", null],
  ["bytes=-6000,0-5000", null],
];

for (const [value, expected] of CASES) {
  Deno.test(`parseByteRanges() reads ${value}`, () => assertEquals(ranges(value, 10_000), expected));
}

Deno.test("parseByteRanges() takes 50 ranges and no more", () => {
  const list = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${i * 2}-${i * 2}`)}`;
  assertEquals(parseByteRanges(list(50), 10_000)?.length, 50);
  assertEquals(parseByteRanges(list(51), 10_000), null);
});

Deno.test("parseByteRanges() ignores every range of an empty file", () => {
  assertEquals(parseByteRanges("bytes=0-", 0), null);
  assertEquals(parseByteRanges("bytes=-1", 0), null);
});
