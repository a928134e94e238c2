import { assertEquals } from "@std/assert";
import { acceptedCodings, type ContentCoding } from "../../src/files/content_coding.ts";

const ALL: readonly ContentCoding[] = ["br", "zstd", "gzip"];

const CASES: readonly (readonly [value: string | null, expected: readonly ContentCoding[]])[] = [
  [null, []],
  ["", []],
  ["gzip", ["gzip"]],
  ["GZip", ["gzip"]],
  ["x-gzip", ["gzip"]],
  ["gzip, deflate, br, zstd", ["br", "zstd", "gzip"]],
  ["gzip;q=1.0, br;q=0.5, zstd;q=0.8", ["gzip", "zstd", "br"]],
  ["gzip;q=0", []],
  ["gzip;q=0.000, br", ["br"]],
  ["*", ["br", "zstd", "gzip"]],
  ["*;q=0.5, br;q=0", ["zstd", "gzip"]],
  ["gzip, *;q=0", ["gzip"]],
  ["identity", []],
  ["identity;q=1, gzip;q=0.5", []],
  ["identity;q=0.5, gzip;q=0.5", ["gzip"]],
  ["identity;q=0, br", ["br"]],
  ["gzip ; q=0.3 ,\tbr\t;\tq=0.2", ["gzip", "br"]],
  ["gzip;q=2, br;q=0.1234, zstd;q=-1", []],
  ["gzip;level=9, br", ["br"]],
  ["gz ip, br", ["br"]],
];

for (const [value, expected] of CASES) {
  Deno.test(`acceptedCodings() reads ${JSON.stringify(value)}`, () => {
    assertEquals(acceptedCodings(value, ALL), expected);
  });
}

Deno.test("acceptedCodings() prefers what the server does among equals", () => {
  assertEquals(acceptedCodings("br, gzip, zstd", ["gzip", "br"]), ["gzip", "br"]);
});
