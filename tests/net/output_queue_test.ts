import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BufferPool } from "../../src/net/buffer_pool.ts";
import { ChangedBytesError } from "../../src/net/errors.ts";
import { OutputQueue } from "../../src/net/output_queue.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Buffers that hold what nobody may see. */
function dirtyPool(): BufferPool {
  return new BufferPool((size) => new Uint8Array(size).fill(33));
}

function queueOf(...data: (string | Uint8Array)[]): OutputQueue {
  const queue = new OutputQueue(dirtyPool(), true);
  for (const part of data) queue.push(part);
  return queue;
}

Deno.test("OutputQueue.takeBytes() gives small pieces as one, which lies in a buffer of the pool", () => {
  const pieces = ["head", encoder.encode("bytes"), "x".repeat(100), encoder.encode("more"), "tail"];
  const queue = queueOf(...pieces);
  assertEquals(decoder.decode(queue.takeBytes()), `headbytes${"x".repeat(100)}moretail`);
  assertEquals([queue.size, queue.lends], [0, true]);
});

Deno.test("OutputQueue.push() has copied small bytes when it returns", () => {
  for (const size of [1, 1000, 65535]) {
    const bytes = new Uint8Array(size).fill(97);
    const queue = queueOf("head", bytes);
    bytes.fill(98);
    bytes.buffer.transfer();
    assertEquals(decoder.decode(queue.takeBytes()), "head" + "a".repeat(size));
  }
});

Deno.test("OutputQueue.takeBytes() gives large bytes uncopied, whatever follows", () => {
  const bytes = new Uint8Array(65536);
  const queue = queueOf(bytes, "\r\n");
  assertStrictEquals(queue.takeBytes(), bytes);
  assertEquals(queue.lends, false);
  assertEquals(decoder.decode(queue.takeBytes()), "\r\n");
});

Deno.test("OutputQueue joins large bytes with those before them if it is to, and all fits", () => {
  const bytes = new Uint8Array(100_000);
  for (
    const [joinsLarge, before, joined] of [[true, 4, true], [true, 40_000, false], [false, 4, false]] as const
  ) {
    const queue = new OutputQueue(dirtyPool(), joinsLarge);
    queue.push("x".repeat(before));
    queue.push(bytes);
    assertEquals(queue.takeBytes().length, joined ? 100_000 + before : before);
    if (!joined) assertStrictEquals(queue.takeBytes(), bytes);
    assertEquals(queue.size, 0);
  }
});

Deno.test("OutputQueue.takeBytes() cuts large bytes at the limit", () => {
  const queue = queueOf(new Uint8Array(250_000));
  const taken = [queue.takeBytes(100_000), queue.takeBytes(100_000), queue.takeBytes(100_000)];
  assertEquals(taken.map(({ length }) => length), [100_000, 100_000, 50_000]);
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.giveBack() lets the next bytes lie where the last ones did, and not before", () => {
  const queue = queueOf("a", new Uint8Array(1));
  const first = queue.takeBytes();
  queue.push(new Uint8Array(1));
  const second = queue.takeBytes();
  assertNotStrictEquals(second.buffer, first.buffer);
  queue.giveBack();
  assertEquals(queue.lends, false);
  queue.push(new Uint8Array(1));
  assertStrictEquals(queue.takeBytes().buffer, second.buffer);
});

Deno.test("OutputQueue.clear() gives nothing back: it may be on its way", () => {
  const queue = queueOf(new Uint8Array(1));
  const taken = queue.takeBytes();
  queue.clear();
  queue.giveBack();
  queue.push(new Uint8Array(1));
  assertNotStrictEquals(queue.takeBytes().buffer, taken.buffer);
});

const CHANGES: Record<string, (buffer: ArrayBuffer) => void> = {
  detached: (buffer) => void buffer.transfer(),
  shrunk: (buffer) => buffer.resize(buffer.byteLength - 1),
  grown: (buffer) => buffer.resize(buffer.byteLength + 1),
};

for (const [how, change] of Object.entries(CHANGES)) {
  Deno.test(`OutputQueue takes out no large bytes that were ${how} after they were pushed`, () => {
    for (
      const [before, after] of [[], ["head"], ["head", "tail"], [new Uint8Array(70_000), new Uint8Array(100)]]
    ) {
      const queue = queueOf();
      const buffer = new ArrayBuffer(200_000, { maxByteLength: 200_001 });
      if (before !== undefined) queue.push(before);
      queue.push(new Uint8Array(buffer));
      if (after !== undefined) queue.push(after);
      change(buffer);
      let taken = 0;
      assertThrows(() => {
        for (let i = 0; i < 10; i++) taken += queue.takeBytes().length;
      }, ChangedBytesError);
      assertEquals(taken, before?.length ?? 0);
      queue.clear();
      queue.push("abc");
      assertEquals(decoder.decode(queue.takeBytes()), "abc");
    }
  });
}

Deno.test("OutputQueue takes no more of bytes that were detached after a part was taken", () => {
  const bytes = new Uint8Array(300_000);
  const queue = queueOf(bytes);
  assertEquals(queue.takeBytes(100_000).length, 100_000);
  bytes.buffer.transfer();
  assertThrows(() => queue.takeBytes(100_000), ChangedBytesError);
});

Deno.test("OutputQueue gives everything back in order, whatever it is made of", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  for (let round = 0; round < 200; round++) {
    const queue = new OutputQueue(dirtyPool(), round % 2 === 0);
    let expected = "";
    let received = "";
    const take = () => {
      received += decoder.decode(queue.takeBytes(1 + random(100_000)));
      if (random(5) > 0) queue.giveBack();
    };
    for (let step = 0; step < 30; step++) {
      const size = random(10) === 0 ? random(200_000) : random(50);
      const text = String.fromCharCode(97 + random(26)).repeat(size);
      queue.push(random(2) === 0 ? text : encoder.encode(text));
      expected += text;
      assertEquals(queue.size, expected.length - received.length);
      if (queue.size > 0 && random(4) === 0) take();
    }
    while (queue.size > 0) take();
    assert(received === expected, `round ${round}`);
  }
});
