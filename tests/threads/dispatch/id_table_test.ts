import { assertEquals, assertStrictEquals } from "@std/assert";
import { IdTable } from "../../../src/threads/dispatch/id_table.ts";

interface Item {
  readonly number: number;
}

function filled(...numbers: number[]): IdTable<Item> {
  const table = new IdTable<Item>();
  for (const number of numbers) table.set(number, { number });
  return table;
}

Deno.test("IdTable finds each under its number until it is removed, and never again", () => {
  const table = filled();
  for (let number = 0; number < 5000; number++) {
    const item = { number };
    table.set(number, item);
    assertStrictEquals(table.get(number), item);
    assertEquals(table.size, 1);
    table.remove(number);
    assertEquals([table.size, table.get(number)], [0, null]);
  }
  for (let number = 0; number < 5000; number++) assertEquals(table.get(number), null);
});

Deno.test("IdTable finds what stays for long while others come and go", () => {
  const table = filled();
  const staying = new Map<number, Item>();
  for (let number = 0; number < 5000; number++) {
    const item = { number };
    table.set(number, item);
    if (number % 16 === 0) staying.set(number, item);
    else table.remove(number);
    if (number % 48 === 0) {
      const [first] = staying.keys();
      table.remove(first!);
      staying.delete(first!);
    }
    assertEquals(table.size, staying.size);
  }
  assertEquals(staying.size, 208);
  for (let number = 0; number < 5000; number++) {
    assertStrictEquals(table.get(number), staying.get(number) ?? null);
  }
});

Deno.test("IdTable tells a number from one that has had its slot", () => {
  const table = filled(1, 1025, 2049);
  table.remove(1025);
  assertEquals([1, 1025, 2049, 3073, -1023].map((number) => table.get(number)?.number), [
    1,
    undefined,
    2049,
    undefined,
    undefined,
  ]);
  table.remove(3073);
  table.remove(2049);
  table.remove(2049);
  table.remove(1025);
  assertEquals([table.size, table.get(1)?.number], [1, 1]);
});

Deno.test("IdTable has room for many at once, and for numbers beyond 32 bits", () => {
  const numbers = Array.from({ length: 3000 }, (_, i) => 2 ** 32 - 500 + i);
  const table = filled(...numbers);
  assertEquals(table.size, 3000);
  for (const number of numbers) assertEquals(table.get(number), { number });
  assertEquals(table.get(2 ** 31), null);
});

Deno.test("IdTable.removeAll() takes out all", () => {
  const numbers = [3, 62, 1023, 1027, 1030, 2051];
  const table = filled(...numbers);
  assertEquals(table.removeAll().map(({ number }) => number).sort((a, b) => a - b), numbers);
  assertEquals([table.size, table.removeAll()], [0, []]);
  for (const number of numbers) assertEquals(table.get(number), null);
});

Deno.test("IdTable.all() gives a copy of the items, wherever they are, and leaves them in", () => {
  const numbers = [3, 1027, 1030, 2051];
  const table = filled(...numbers);
  const all = table.all();
  assertEquals(all.map(({ number }) => number).sort((a, b) => a - b), numbers);
  for (const { number } of all) table.remove(number);
  assertEquals([table.size, table.all(), all.length], [0, [], 4]);
});
