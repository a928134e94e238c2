import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { perThread, perThreadFactory } from "../../src/threads/per_thread.ts";

const factory = () => () => {};

Deno.test("perThread() marks a factory, and perThreadFactory() finds it", () => {
  const marked = perThread(factory);
  assertStrictEquals(marked.factory, factory);
  assertStrictEquals(perThreadFactory(marked), factory);
});

Deno.test("perThreadFactory() knows what another copy of the package has marked", async () => {
  const copy = await import(new URL("../../src/threads/per_thread.ts?copy", import.meta.url).href);
  assertEquals(copy.perThread === perThread, false);
  assertStrictEquals(perThreadFactory(copy.perThread(factory)), factory);
  assertStrictEquals(copy.perThreadFactory(perThread(factory)), factory);
});

for (const value of [undefined, null, 1, "x", factory, {}, { factory }, { handle: factory }]) {
  Deno.test(`perThreadFactory() finds none in ${Deno.inspect(value)}`, () => {
    assertStrictEquals(perThreadFactory(value), null);
  });
}

Deno.test("perThread() throws where the factory is not a function", () => {
  const { message } = assertThrows(() => perThread({} as never), TypeError);
  assertEquals(message, "Cannot make handlers: the factory is not a function");
});

Deno.test("perThread() returns what nobody can change", () => {
  const marked = perThread(factory) as { factory: unknown };
  assertThrows(() => marked.factory = null, TypeError);
});
