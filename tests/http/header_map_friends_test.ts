import { assertEquals } from "@std/assert";
import {
  FIELD_CONNECTION,
  FIELD_CONTENT_LENGTH,
  FIELD_DATE,
  FIELD_TRAILER,
  FIELD_TRANSFER_ENCODING,
  FIELD_UPGRADE,
} from "../../src/http/field_name.ts";
import {
  consistsOf,
  copyFields,
  encodeFields,
  fieldsAreAscii,
  framingFields,
  getField,
  hasField,
  HeaderMap,
  headerMapFromText,
} from "../../src/http/header_map.ts";
import { received } from "./received.ts";

Deno.test("HeaderMap of a received section keeps order, casing and lines, and trims the values", () => {
  const map = received("Host: a\nX-B:1\nx-a:\t 2\t \nX-b:  a:b, c  \nEmpty:\nBlank: \t \n");
  assertEquals(map.raw(), [
    ["Host", "a"],
    ["X-B", "1"],
    ["x-a", "2"],
    ["X-b", "a:b, c"],
    ["Empty", ""],
    ["Blank", ""],
  ]);
  assertEquals(received("").raw(), []);
});

Deno.test("HeaderMap of a received section gives equal results before and after it is split", () => {
  const lines = "A: 1\nab: 2\nA: 3\n~: 4\n^: 5\nE: \nCafe: caf\xe9\nx:a:1\n";
  for (const name of ["a", "A", "ab", "AB", "~", "^", "e", "cafe", "x", "b", "caf", "cafee", "1", "a-b"]) {
    const split = received(lines);
    split.raw();
    assertEquals(received(lines).get(name), split.get(name), name);
    assertEquals(received(lines).has(name), split.has(name), name);
    assertEquals(getField(received(lines), name.toLowerCase()), split.get(name), name);
    assertEquals(hasField(received(lines), name.toLowerCase()), split.has(name), name);
  }
  assertEquals(received(lines).get("~"), "4");
  assertEquals(received(lines).get("A"), "1, 3");
  assertEquals(received("Set-Cookie: a\nset-cookie: b\n").getSetCookie(), ["a", "b"]);
});

Deno.test("headerMapFromText() makes the map of a section that has been decoded", () => {
  const map = headerMapFromText("Host: a\r\nX-B: caf\xe9 \r\nx-b:2\r\n");
  assertEquals([map.get("x-b"), map.has("host"), map.has("b")], ["caf\xe9, 2", true, false]);
  assertEquals(map.raw(), [["Host", "a"], ["X-B", "caf\xe9"], ["x-b", "2"]]);
  assertEquals([...headerMapFromText("").keys()], []);
});

Deno.test("copyFields() lists the fields of a map, received or not", () => {
  const fields = ["a", "A", "1", "b", "b", ""];
  assertEquals(copyFields(received("A: 1\nb:\n")), fields);
  const map = new HeaderMap([["A", "1"], ["b", ""]]);
  const copy = copyFields(map);
  map.delete("b");
  assertEquals(copy, fields);
});

Deno.test("consistsOf() compares the fields of a map with a list", () => {
  const map = new HeaderMap([["A", "1"], ["b", "2"]]);
  const fields = ["a", "A", "1", "b", "b", "2"];
  assertEquals(consistsOf(map, fields), true);
  for (const at of fields.keys()) assertEquals(consistsOf(map, fields.with(at, "x")), false, `${at}`);
  assertEquals([consistsOf(map, fields.slice(3)), consistsOf(new HeaderMap(), fields)], [false, false]);
  assertEquals(consistsOf(new HeaderMap(), []), true);
  // `consistsOf()` is false for a received section, and does not split it.
  assertEquals([consistsOf(received("A: 1\n"), []), consistsOf(headerMapFromText("A: 1\r\n"), [])], [
    false,
    false,
  ]);
});

Deno.test("HeaderMap of a received section keeps bytes above 0x7F as Latin-1, long or short", () => {
  for (const value of ["\x80\x9f\xff", "caf\xe9", "\xc3\xa9", "\xef\xbb\xbf", "\x80".repeat(2000)]) {
    const map = received(`a: ${value}\n`);
    assertEquals(map.get("a"), value);
    assertEquals(fieldsAreAscii(map), false);
  }
  assertEquals(fieldsAreAscii(received("a: b\n")), true);
});

Deno.test("HeaderMap of a received section can be changed like any other", () => {
  const lines = "A: 1\nB: 2\na: 3\n";
  const change = (action: (map: HeaderMap) => void) => {
    const map = received(lines);
    action(map);
    return map.raw();
  };
  assertEquals(change((map) => map.set("a", "4")), [["a", "4"], ["B", "2"]]);
  assertEquals(change((map) => map.append("c", "4")), [["A", "1"], ["B", "2"], ["a", "3"], ["c", "4"]]);
  assertEquals(change((map) => map.delete("a")), [["B", "2"]]);
});

Deno.test("encodeFields() writes the fields in order and as given", () => {
  const map = new HeaderMap([["X-A", "1"], ["b", ""], ["x-a", "caf\xe9"]]);
  assertEquals(encodeFields(map), "X-A: 1\r\nb: \r\nx-a: caf\xe9\r\n");
  assertEquals(encodeFields(new HeaderMap()), "");
  assertEquals(encodeFields(received("A:b\n")), "A: b\r\n");
});

Deno.test("fieldsAreAscii() is true only while every value is ASCII", () => {
  const map = new HeaderMap({ a: "1" });
  assertEquals(fieldsAreAscii(map), true);
  map.set("a", "\x80");
  assertEquals(fieldsAreAscii(map), false);
  const other = received("a: b\n");
  other.append("c", "\xff");
  assertEquals(fieldsAreAscii(other), false);
});

Deno.test("framingFields() reports its fields after every change", () => {
  const bits: [string, number][] = [
    ["Date", FIELD_DATE],
    ["Content-Length", FIELD_CONTENT_LENGTH],
    ["Transfer-Encoding", FIELD_TRANSFER_ENCODING],
    ["CONNECTION", FIELD_CONNECTION],
    ["trailer", FIELD_TRAILER],
    ["uPGRADE", FIELD_UPGRADE],
  ];
  assertEquals(new Set(bits.map(([, bit]) => bit)).size, bits.length);
  for (const [name, bit] of bits) {
    const map = new HeaderMap({ other: "1" });
    assertEquals(framingFields(map), 0);
    map.append(name, "1");
    map.append(name.toLowerCase(), "2");
    assertEquals(framingFields(map), bit);
    map.set(name, "3");
    map.delete("other");
    assertEquals(framingFields(map), bit);
    map.delete(name.toUpperCase());
    assertEquals(framingFields(map), 0);
    map.set(name.toLowerCase(), "4");
    assertEquals([framingFields(map), framingFields(new HeaderMap(map))], [bit, bit]);
    assertEquals(framingFields(received(`${name}: 1\nx: y\n`)), bit);
  }
  // Names with the lengths of framing fields, and one with more characters than an integer has bits.
  const others = ["host", "x".repeat(7), "x".repeat(10), "x".repeat(14), "x".repeat(17), "x".repeat(36)];
  assertEquals(framingFields(new HeaderMap(others.map((name) => [name, "1"] as const))), 0);
  const all = new HeaderMap(bits.map(([name]) => [name, "1"] as const));
  assertEquals(framingFields(all), bits.reduce((sum, [, bit]) => sum | bit, 0));
});
