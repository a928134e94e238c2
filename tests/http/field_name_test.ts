import { assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { fieldName } from "../../src/http/field_name.ts";

Deno.test("fieldName() remembers what is known about a name, in each casing", () => {
  const known = fieldName("X-Known", "set");
  assertNotStrictEquals(fieldName("x-known", "set"), known);
  assertStrictEquals(fieldName("X-Known", "get"), known);
});

Deno.test("fieldName() does not remember a name of more than 64 characters", () => {
  const [longest, longer] = ["x".repeat(64), "x".repeat(65)];
  assertStrictEquals(fieldName(longest, "set"), fieldName(longest, "set"));
  assertNotStrictEquals(fieldName(longer, "set"), fieldName(longer, "set"));
});

Deno.test("fieldName() forgets the names once there are too many", () => {
  const first = fieldName("first", "set");
  for (let i = 0; i < 512; i++) fieldName(`x-${i}`, "set");
  assertNotStrictEquals(fieldName("first", "set"), first);
});
