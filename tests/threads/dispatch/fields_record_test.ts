import { assertEquals } from "@std/assert";
import {
  FIELD_CONNECTION,
  FIELD_CONTENT_LENGTH,
  FIELD_DATE,
  FIELD_TRANSFER_ENCODING,
} from "../../../src/http/field_name.ts";
import { encodeFields, fieldsAreAscii, framingFields, HeaderMap } from "../../../src/http/header_map.ts";
import {
  fromFieldsRecord,
  toFieldsFlags,
  toFieldsText,
} from "../../../src/threads/dispatch/fields_record.ts";

/** What comes out on the other thread. */
function posted(headers: HeaderMap | null): HeaderMap | null {
  const [text, flags] = structuredClone([toFieldsText(headers), toFieldsFlags(headers)] as const);
  return fromFieldsRecord(text, flags);
}

Deno.test("a fields record tells no fields from an empty map", () => {
  assertEquals([toFieldsText(null), toFieldsFlags(null), posted(null)], [null, 0, null]);
  assertEquals([toFieldsText(new HeaderMap()), posted(new HeaderMap())?.raw()], ["", []]);
});

Deno.test("a fields record keeps order, casing, lines and Latin-1", () => {
  const maps: [string, string][][] = [
    [["X-B", "1"], ["a", ""], ["x-b", "2"], ["A", "3"]],
    [["set-cookie", "a=b"], ["Set-Cookie", "c=d"]],
    [["latin", "\xe9\xff"]],
    [["date", "x"], ["Content-Length", "5"], ["CONNECTION", "close"], ["transfer-encoding", "chunked"]],
  ];
  for (const fields of maps) {
    const headers = new HeaderMap(fields);
    const copy = posted(headers)!;
    assertEquals(encodeFields(copy), encodeFields(headers));
    assertEquals(copy.raw(), fields);
    assertEquals(fieldsAreAscii(copy), fieldsAreAscii(headers), JSON.stringify(fields));
  }
});

Deno.test("a fields record tells which fields frame the message, so that the text need not be taken apart", () => {
  const cases: [string, number][] = [
    ["Date", FIELD_DATE],
    ["content-LENGTH", FIELD_CONTENT_LENGTH],
    ["Transfer-Encoding", FIELD_TRANSFER_ENCODING],
    ["connection", FIELD_CONNECTION],
    ["x-date", 0],
  ];
  for (const [name, flag] of cases) {
    for (const value of ["1", "\xe9"]) {
      const copy = posted(new HeaderMap([["a", "b"], [name, value]]))!;
      assertEquals([framingFields(copy), fieldsAreAscii(copy)], [flag, value === "1"], `${name}: ${value}`);
    }
  }
});

Deno.test("a map that was posted can be looked into and changed like any other", () => {
  const copy = posted(new HeaderMap([["Content-Length", "5"], ["X", "\xe9"]]))!;
  assertEquals([copy.get("content-length"), copy.has("x")], ["5", true]);
  copy.delete("content-length");
  copy.set("x", "y");
  copy.append("connection", "close");
  assertEquals(copy.raw(), [["x", "y"], ["connection", "close"]]);
  assertEquals([framingFields(copy), encodeFields(copy)], [
    FIELD_CONNECTION,
    "x: y\r\nconnection: close\r\n",
  ]);
});
