import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { OutputQueue } from "../../src/net/output_queue.ts";

const decoder = new TextDecoder();

Deno.test("OutputQueue.takeText() gives all text as one", () => {
  const queue = new OutputQueue();
  queue.push("a");
  queue.push("bc");
  assertEquals(queue.size, 3);
  assertEquals(queue.takeText(), "abc");
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.takeText() gives nothing while bytes wait", () => {
  const queue = new OutputQueue();
  queue.push("a");
  queue.push(new Uint8Array([98]));
  queue.push("c");
  assertEquals(queue.takeText(), undefined);
  assertEquals(decoder.decode(queue.take()), "abc");
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.take() gives a lone piece of bytes uncopied", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(10);
  queue.push(bytes);
  assertStrictEquals(queue.take().buffer, bytes.buffer);
});

Deno.test("OutputQueue.take() copies 64 KiB at most and leaves the rest of large bytes as it is", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(1_000_000);
  queue.push("head");
  queue.push(bytes);
  assertEquals(queue.take().length, 65536);
  const rest = queue.take();
  assertStrictEquals(rest.buffer, bytes.buffer);
  assertEquals(rest.length, 1_000_004 - 65536);
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.take() cuts large bytes at the limit", () => {
  const queue = new OutputQueue();
  queue.push(new Uint8Array(250));
  assertEquals([queue.take(100).length, queue.take(100).length, queue.take(100).length], [100, 100, 50]);
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.fill() writes what fits", () => {
  const queue = new OutputQueue();
  queue.push("abc");
  queue.push(new TextEncoder().encode("def"));
  queue.push("ghi");
  const target = new Uint8Array(5);
  assertEquals(queue.fill(target), 5);
  assertEquals(decoder.decode(target), "abcde");
  assertEquals(queue.size, 4);
  assertEquals(queue.fill(target), 4);
  assertEquals(decoder.decode(target.subarray(0, 4)), "fghi");
  assertEquals(queue.fill(target), 0);
});

Deno.test("OutputQueue gives everything back in order, whatever it is made of", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  for (let round = 0; round < 200; round++) {
    const queue = new OutputQueue();
    let expected = "";
    let received = "";
    for (let step = 0; step < 30; step++) {
      const size = random(10) === 0 ? random(200_000) : random(50);
      const text = String.fromCharCode(97 + random(26)).repeat(size);
      queue.push(random(2) === 0 ? text : new TextEncoder().encode(text));
      expected += text;
      assertEquals(queue.size, expected.length - received.length);
      if (queue.size > 0 && random(4) === 0) {
        if (random(2) === 0) received += queue.takeText() ?? decoder.decode(queue.take(1 + random(100_000)));
        else {
          const target = new Uint8Array(1 + random(10_000));
          received += decoder.decode(target.subarray(0, queue.fill(target)));
        }
      }
    }
    while (queue.size > 0) received += decoder.decode(queue.take());
    assert(received === expected, `round ${round}`);
  }
});
