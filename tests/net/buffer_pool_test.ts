import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { BufferPool } from "../../src/net/buffer_pool.ts";

const newPool = () => new BufferPool((size) => new Uint8Array(size));

Deno.test("BufferPool.take() gives 16 KiB for what fits into it, and 128 KiB for the rest", () => {
  const pool = newPool();
  assertEquals([1, 16384, 16385, 131072, 1e9].map((size) => pool.take(size).length), [
    16384,
    16384,
    131072,
    131072,
    131072,
  ]);
});

Deno.test("BufferPool.take() gives again what was given back, once", () => {
  for (const size of [16384, 131072]) {
    const pool = newPool();
    const buffer = pool.take(size);
    pool.give(buffer);
    assertStrictEquals(pool.take(size), buffer);
    assertNotStrictEquals(pool.take(size), buffer);
  }
});

Deno.test("BufferPool.give() keeps 9 MiB at most", () => {
  const pool = newPool();
  const given = new Set<Uint8Array>();
  for (let i = 0; i < 1000; i++) {
    for (const size of [16384, 131072]) given.add(new Uint8Array(size));
  }
  for (const buffer of given) pool.give(buffer);
  let kept = 0;
  for (const size of [16384, 131072]) {
    for (let buffer = pool.take(size); given.has(buffer); buffer = pool.take(size)) kept += buffer.length;
  }
  assertEquals(kept, 9 * 1024 * 1024);
});
