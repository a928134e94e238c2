import { assertEquals } from "@std/assert";
import { IntrusiveSet, type SetMember } from "../../src/server/intrusive_set.ts";

interface Named extends SetMember {
  readonly name: string;
}

function filled(names: string): { set: IntrusiveSet<Named>; members: Named[] } {
  const set = new IntrusiveSet<Named>();
  const members = Array.from(names, (name) => ({ name, index: -1 }));
  for (const member of members) set.add(member);
  return { set, members };
}

const contents = (set: IntrusiveSet<Named>) => set.all().map(({ name }) => name).sort().join("");

Deno.test("IntrusiveSet contains the members added and not removed, in any order of operations", () => {
  for (const order of ["abc", "acb", "bac", "bca", "cab", "cba"]) {
    const { set, members } = filled("abc");
    assertEquals([set.size, contents(set)], [3, "abc"]);
    let left = "abc";
    for (const name of order) {
      const member = members.find((member) => member.name === name)!;
      set.remove(member);
      left = left.replace(name, "");
      assertEquals([set.size, contents(set), member.index], [left.length, left, -1], order);
    }
  }
});

Deno.test("IntrusiveSet.all() returns a copy that later operations do not change", () => {
  const { set, members } = filled("abcd");
  const all = set.all();
  for (const member of all) set.remove(member);
  assertEquals(set.size, 0);
  assertEquals(all, members);
});

Deno.test("IntrusiveSet.remove() of an absent member removes nothing", () => {
  const { set, members } = filled("abc");
  const { set: other, members: others } = filled("xyz");
  set.remove(members[1]!);
  set.remove(members[1]!);
  set.remove(others[0]!);
  assertEquals([contents(set), contents(other)], ["ac", "xyz"]);
});

Deno.test("IntrusiveSet accepts a removed member again", () => {
  const { set, members } = filled("ab");
  set.remove(members[0]!);
  set.add(members[0]!);
  assertEquals(contents(set), "ab");
  set.remove(members[1]!);
  set.remove(members[0]!);
  assertEquals(set.size, 0);
});
