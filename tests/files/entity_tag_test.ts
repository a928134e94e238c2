import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { entityTag, matchesTag } from "../../src/files/entity_tag.ts";

Deno.test("entityTag() differs with size, millisecond and coding, and is strong", () => {
  const tag = entityTag(5, 1_700_000_000_000, "");
  assert(/^"[0-9a-z]+-[0-9a-z]+"$/.test(tag), tag);
  assertNotEquals(entityTag(6, 1_700_000_000_000, ""), tag);
  assertNotEquals(entityTag(5, 1_700_000_000_001, ""), tag);
  assertNotEquals(entityTag(5, 1_700_000_000_000, "-br"), tag);
});

// RFC 9110 section 8.8.3.2, and lists.
const CASES: readonly (readonly [list: string, tag: string | null, strong: boolean, weak: boolean])[] = [
  ['"1"', '"1"', true, true],
  ['"2"', '"1"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"1"', false, true],
  ["*", '"1"', true, true],
  ["*", null, true, true],
  ['"1"', null, false, false],
  ['"0", "1"', '"1"', true, true],
  ['"0" ,\t, W/"9","1"', '"1"', true, true],
  ['"a,b", "1"', '"1"', true, true],
  ['"a, \\"1\\""', '"1"', false, false],
  ['"0", *', '"1"', false, false],
  ['1, "1"', '"1"', false, false],
  ['"0" nonsense', '"1"', false, false],
  ['w/"1"', '"1"', false, false],
  ['"1', '"1"', false, false],
  ["", '"1"', false, false],
  ['""', '""', true, true],
];

for (const [list, tag, strong, weak] of CASES) {
  Deno.test(`matchesTag() compares ${list} with ${tag}`, () => {
    assertEquals([matchesTag(list, tag, "strong"), matchesTag(list, tag, "weak")], [strong, weak]);
  });
}
