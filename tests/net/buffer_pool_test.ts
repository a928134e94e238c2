import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { BufferPool, PooledBuffer } from "../../src/net/buffer_pool.ts";

const newPool = () => new BufferPool((size) => new Uint8Array(size));

const KIB = 1024;
const SIZES = [2 * KIB, 16 * KIB, 128 * KIB];

Deno.test("BufferPool.take() gives the smallest buffer that has room, of at most 128 KiB", () => {
  const pool = newPool();
  const sizes = [1, 2 * KIB, 2 * KIB + 1, 16 * KIB, 16 * KIB + 1, 128 * KIB, 1e9];
  assertEquals(sizes.map((size) => pool.take(size).bytes.length / KIB), [2, 2, 16, 16, 128, 128, 128]);
});

Deno.test("BufferPool.take() gives again what was given back, once", () => {
  for (const size of SIZES) {
    const pool = newPool();
    const buffer = pool.take(size);
    pool.give(buffer);
    assertStrictEquals(pool.take(size), buffer);
    assertNotStrictEquals(pool.take(size), buffer);
  }
});

Deno.test("BufferPool.give() keeps 17 MiB at most: 4,096 small ones, and 64 of each other size", () => {
  for (const [size, most] of [[2 * KIB, 4096], [16 * KIB, 64], [128 * KIB, 64]] as const) {
    const pool = newPool();
    const given = new Set(Array.from({ length: 5000 }, () => new PooledBuffer(new Uint8Array(size))));
    for (const buffer of given) pool.give(buffer);
    let kept = 0;
    while (given.has(pool.take(size))) kept++;
    assertEquals(kept, most);
  }
});

Deno.test("PooledBuffer.beginning() gives the first bytes, and the same view for the same length", () => {
  const buffer = new PooledBuffer(Uint8Array.of(1, 2, 3, 4));
  const two = buffer.beginning(2);
  assertEquals([...two], [1, 2]);
  assertStrictEquals(buffer.beginning(2), two);
  assertEquals([...buffer.beginning(3)], [1, 2, 3]);
  assertEquals([...buffer.beginning(4)], [1, 2, 3, 4]);
  buffer.bytes[0] = 9;
  assertEquals([...buffer.beginning(1)], [9]);
});
