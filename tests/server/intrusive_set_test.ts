import { assertEquals } from "@std/assert";
import { Bag, type BagItem } from "../../src/server/bag.ts";

interface Named extends BagItem {
  readonly name: string;
}

function filled(names: string): { bag: Bag<Named>; items: Named[] } {
  const bag = new Bag<Named>();
  const items = Array.from(names, (name) => ({ name, place: -1 }));
  for (const item of items) bag.add(item);
  return { bag, items };
}

const contents = (bag: Bag<Named>) => bag.all().map(({ name }) => name).sort().join("");

Deno.test("Bag holds what was added and not removed, in whatever order that happens", () => {
  for (const order of ["abc", "acb", "bac", "bca", "cab", "cba"]) {
    const { bag, items } = filled("abc");
    assertEquals([bag.size, contents(bag)], [3, "abc"]);
    let left = "abc";
    for (const name of order) {
      const item = items.find((item) => item.name === name)!;
      bag.remove(item);
      left = left.replace(name, "");
      assertEquals([bag.size, contents(bag), item.place], [left.length, left, -1], order);
    }
  }
});

Deno.test("Bag.all() is not changed by what happens later", () => {
  const { bag, items } = filled("abcd");
  const all = bag.all();
  for (const item of all) bag.remove(item);
  assertEquals(bag.size, 0);
  assertEquals(all, items);
});

Deno.test("Bag.remove() of what is not there takes nothing else out", () => {
  const { bag, items } = filled("abc");
  const { bag: other, items: others } = filled("xyz");
  bag.remove(items[1]!);
  bag.remove(items[1]!);
  bag.remove(others[0]!);
  assertEquals([contents(bag), contents(other)], ["ac", "xyz"]);
});

Deno.test("Bag takes in again what was removed", () => {
  const { bag, items } = filled("ab");
  bag.remove(items[0]!);
  bag.add(items[0]!);
  assertEquals(contents(bag), "ab");
  bag.remove(items[1]!);
  bag.remove(items[0]!);
  assertEquals(bag.size, 0);
});
