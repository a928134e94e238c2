import { assertEquals, assertStrictEquals } from "@std/assert";
import { Register } from "../../src/threads/register.ts";

interface Item {
  readonly number: number;
}

function filled(...numbers: number[]): Register<Item> {
  const register = new Register<Item>();
  for (const number of numbers) register.set(number, { number });
  return register;
}

Deno.test("Register finds each under its number until it is removed, and never again", () => {
  const register = filled();
  for (let number = 0; number < 5000; number++) {
    const item = { number };
    register.set(number, item);
    assertStrictEquals(register.get(number), item);
    assertEquals(register.size, 1);
    register.remove(number);
    assertEquals([register.size, register.get(number)], [0, null]);
  }
  for (let number = 0; number < 5000; number++) assertEquals(register.get(number), null);
});

Deno.test("Register finds what stays for long while others come and go", () => {
  const register = filled();
  const staying = new Map<number, Item>();
  for (let number = 0; number < 5000; number++) {
    const item = { number };
    register.set(number, item);
    if (number % 16 === 0) staying.set(number, item);
    else register.remove(number);
    if (number % 48 === 0) {
      const [first] = staying.keys();
      register.remove(first!);
      staying.delete(first!);
    }
    assertEquals(register.size, staying.size);
  }
  assertEquals(staying.size, 208);
  for (let number = 0; number < 5000; number++) {
    assertStrictEquals(register.get(number), staying.get(number) ?? null);
  }
});

Deno.test("Register tells a number from one that has had its place", () => {
  const register = filled(1, 1025, 2049);
  register.remove(1025);
  assertEquals([1, 1025, 2049, 3073, -1023].map((number) => register.get(number)?.number), [
    1,
    undefined,
    2049,
    undefined,
    undefined,
  ]);
  register.remove(3073);
  register.remove(2049);
  register.remove(2049);
  register.remove(1025);
  assertEquals([register.size, register.get(1)?.number], [1, 1]);
});

Deno.test("Register has room for many at once, and for numbers beyond 32 bits", () => {
  const numbers = Array.from({ length: 3000 }, (_, i) => 2 ** 32 - 500 + i);
  const register = filled(...numbers);
  assertEquals(register.size, 3000);
  for (const number of numbers) assertEquals(register.get(number), { number });
  assertEquals(register.get(2 ** 31), null);
});

Deno.test("Register.removeAll() takes out all", () => {
  const numbers = [3, 62, 1023, 1027, 1030, 2051];
  const register = filled(...numbers);
  assertEquals(register.removeAll().map(({ number }) => number).sort((a, b) => a - b), numbers);
  assertEquals([register.size, register.removeAll()], [0, []]);
  for (const number of numbers) assertEquals(register.get(number), null);
});
