import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { ContentQueue, fillsItsBuffer, HIGH_WATER_MARK, plain } from "../../src/exchange/content_queue.ts";

const SMALL_PIECE = 1024;
const GATHERED = 8192;

/** A piece that no other is like, in a buffer of its own. */
function piece(size: number, value = 1): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).fill(value);
}

/** The lengths of the pieces that come out. */
function drained(queue: ContentQueue): number[] {
  const lengths: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) lengths.push(next.length);
  return lengths;
}

Deno.test("ContentQueue brings the bytes in order, whatever the pieces were", () => {
  const sizes = [1, 1023, 1024, 1025, 5, 5, 9000, 3, 700, 700, 1, 20_000, 1];
  for (const owned of [true, false]) {
    for (const takes of ["shift", "takeAll"] as const) {
      const queue = new ContentQueue(0);
      const pushed: number[] = [];
      for (const [index, size] of sizes.entries()) {
        const bytes = piece(size, index);
        pushed.push(...bytes);
        queue.push(bytes, owned, false);
      }
      assertEquals(queue.size, pushed.length);
      const taken: number[] = [];
      if (takes === "takeAll") taken.push(...queue.takeAll());
      else for (let next = queue.shift(); next !== undefined; next = queue.shift()) taken.push(...next);
      assertEquals(taken, pushed);
      assertEquals([queue.size, queue.shift(), queue.takeAll().length], [0, undefined, 0]);
    }
  }
});

Deno.test("ContentQueue gathers small pieces in buffers of 8 KiB, and leaves large ones alone", () => {
  const gathering = new ContentQueue(0);
  for (let i = 0; i < 3000; i++) gathering.push(piece(10, i), false, false);
  const lengths = drained(gathering);
  assertEquals(lengths.slice(0, -1).every((length) => length > GATHERED - SMALL_PIECE), true, `${lengths}`);
  assertEquals(lengths.every((length) => length <= GATHERED), true, `${lengths}`);
  const large = new ContentQueue(0);
  for (let i = 0; i < 3; i++) large.push(piece(SMALL_PIECE), false, false);
  assertEquals(drained(large), [SMALL_PIECE, SMALL_PIECE, SMALL_PIECE]);
});

Deno.test("ContentQueue keeps a piece whose buffer it owns, and a copy of any other", () => {
  const queue = new ContentQueue(0);
  const [own, foreign] = [piece(2000), piece(2000)];
  queue.push(own, true, false);
  queue.push(foreign, false, false);
  foreign.fill(9);
  assertStrictEquals(queue.shift(), own);
  const copy = queue.shift()!;
  assertNotStrictEquals(copy.buffer, foreign.buffer);
  assertEquals(copy, piece(2000));
});

Deno.test("ContentQueue.shift() gives no small piece of a large buffer", () => {
  const queue = new ContentQueue(0);
  queue.push(piece(3), false, false);
  queue.push(piece(3), false, false);
  assertEquals(queue.shift()!.buffer.byteLength, 6, "a gathered piece is copied out of its 8 KiB");
  queue.push(piece(10_000).subarray(0, 1500), true, false);
  assertEquals(queue.shift()!.buffer.byteLength, 1500);
});

Deno.test("ContentQueue never lets a later piece change one that was taken", () => {
  const queue = new ContentQueue(0);
  for (let i = 0; i < 600; i++) queue.push(piece(10, 1), false, false);
  const first = queue.shift()!;
  queue.push(piece(10, 2), false, false);
  assertEquals(first.every((byte) => byte === 1), true);
  assertEquals(queue.shift(), piece(10, 2));
});

Deno.test("ContentQueue.takeAll() copies collected content once, to its place", () => {
  const queue = new ContentQueue(300);
  for (let i = 0; i < 3; i++) queue.push(piece(100, i), false, true);
  assertEquals(queue.size, 300);
  const whole = queue.takeAll();
  assertEquals([whole.length, whole.buffer.byteLength], [300, 300]);
  assertEquals([whole[0], whole[100], whole[200], whole[299]], [0, 1, 2, 2]);
});

Deno.test("ContentQueue.takeAll() gives the only piece itself where it fills its buffer", () => {
  const queue = new ContentQueue(100);
  const whole = piece(100);
  queue.push(whole, true, true);
  assertStrictEquals(queue.takeAll(), whole);
  queue.push(piece(200).subarray(0, 100), true, false);
  assertEquals(queue.takeAll().buffer.byteLength, 100);
});

Deno.test("ContentQueue gives a client no memory on its word beyond 64 KiB", () => {
  const queue = new ContentQueue(HIGH_WATER_MARK + 1);
  const own = piece(2000);
  queue.push(own, true, true);
  assertStrictEquals(queue.shift(), own, "nothing of the announced size was made");
});

Deno.test("ContentQueue collects what comes after pieces that are there already", () => {
  const queue = new ContentQueue(300);
  queue.push(piece(100, 1), false, false);
  queue.push(piece(100, 2), false, true);
  queue.push(piece(100, 3), false, true);
  assertEquals([...new Set(queue.takeAll())], [1, 2, 3]);
});

Deno.test("ContentQueue.clear() drops everything, collected or not", () => {
  for (const collecting of [true, false]) {
    const queue = new ContentQueue(300);
    queue.push(piece(100), false, collecting);
    queue.clear();
    assertEquals([queue.size, queue.shift(), queue.takeAll().length], [0, undefined, 0]);
  }
});

Deno.test("plain() makes a Uint8Array of the same bytes, of which slice() is a copy", () => {
  class Subclass extends Uint8Array<ArrayBuffer> {}
  const bytes = new Subclass(new ArrayBuffer(4)).fill(1);
  const view = plain(bytes);
  assertStrictEquals(view.constructor, Uint8Array);
  assertStrictEquals(view.buffer, bytes.buffer);
  const own = new Uint8Array(3);
  assertStrictEquals(plain(own), own);
});

Deno.test("fillsItsBuffer() is true for more than half", () => {
  const buffer = new ArrayBuffer(10);
  assertEquals([4, 5, 6, 10].map((size) => fillsItsBuffer(new Uint8Array(buffer, 0, size))), [
    false,
    false,
    true,
    true,
  ]);
});
