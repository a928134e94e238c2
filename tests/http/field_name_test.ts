import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { fieldName } from "../../src/http/field_name.ts";
import { HeaderMap } from "../../src/http/header_map.ts";

Deno.test("fieldName() remembers each casing of a name", () => {
  const known = fieldName("X-Known", "set");
  assertNotStrictEquals(fieldName("x-known", "set"), known);
  assertStrictEquals(fieldName("X-Known", "get"), known);
});

Deno.test("fieldName() does not remember a name of more than 64 characters", () => {
  const [longest, longer] = ["x".repeat(64), "x".repeat(65)];
  assertStrictEquals(fieldName(longest, "set"), fieldName(longest, "set"));
  assertNotStrictEquals(fieldName(longer, "set"), fieldName(longer, "set"));
});

Deno.test("fieldName() forgets all names when there are too many", () => {
  const first = fieldName("first", "set");
  for (let i = 0; i < 512; i++) fieldName(`x-${i}`, "set");
  assertNotStrictEquals(fieldName("first", "set"), first);
});

Deno.test("fieldName() remembers the last valid value if it is ASCII and short", () => {
  const known = fieldName("X-Value", "set");
  const map = new HeaderMap();
  const knownAfter = (value: string) => {
    map.set("X-Value", value);
    return known.knownValue;
  };
  assertEquals(knownAfter(" a "), "a");
  assertEquals(knownAfter("b".repeat(64)), "b".repeat(64));
  for (const value of ["b".repeat(65), "\xe9"]) assertEquals(knownAfter(value), "b".repeat(64));
});
