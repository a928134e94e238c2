import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ChangedBytesError } from "../../src/net/errors.ts";
import { OutputQueue } from "../../src/net/output_queue.ts";

const decoder = new TextDecoder();

/** What a socket takes out at a time. */
function take(queue: OutputQueue, limit?: number, room = 131072): Uint8Array {
  const bytes = queue.takeBytes(limit);
  if (bytes !== undefined) return bytes;
  const target = new Uint8Array(room);
  return target.subarray(0, queue.fill(target));
}

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
  assertEquals(decoder.decode(take(queue)), "abc");
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.takeBytes() gives bytes that are alone uncopied", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(10);
  queue.push(bytes);
  assertStrictEquals(queue.takeBytes()?.buffer, bytes.buffer);
  assertEquals([queue.size, queue.takeBytes()], [0, undefined]);
});

Deno.test("OutputQueue.takeBytes() leaves small bytes to be joined with what follows", () => {
  for (const next of ["text", new Uint8Array(1)]) {
    const queue = new OutputQueue();
    queue.push(new Uint8Array(65535));
    queue.push(next);
    assertEquals(queue.takeBytes(), undefined);
    assertEquals(queue.size, 65535 + next.length);
  }
});

Deno.test("OutputQueue.takeBytes() gives large bytes uncopied, whatever follows", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(65536);
  queue.push(bytes);
  queue.push("\r\n");
  assertStrictEquals(queue.takeBytes(), bytes);
  assertEquals(queue.takeText(), "\r\n");
});

Deno.test("OutputQueue.takeBytes() cuts bytes at the limit", () => {
  const queue = new OutputQueue();
  queue.push(new Uint8Array(250));
  assertEquals([take(queue, 100).length, take(queue, 100).length, take(queue, 100).length], [100, 100, 50]);
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.fill() leaves large bytes that do not fit, behind something, as they are", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(1_000_000);
  queue.push("head");
  queue.push(bytes);
  const target = new Uint8Array(131072);
  assertEquals(decoder.decode(target.subarray(0, queue.fill(target))), "head");
  assertStrictEquals(queue.takeBytes(), bytes);
  assertEquals(queue.size, 0);
});

Deno.test("OutputQueue.fill() joins large bytes that fit", () => {
  const queue = new OutputQueue();
  queue.push("head");
  queue.push(new Uint8Array(100_000));
  queue.push("\r\n");
  assertEquals([queue.fill(new Uint8Array(131072)), queue.size], [100_006, 0]);
});

Deno.test("OutputQueue.leading counts what waits in front of large bytes", () => {
  const queue = new OutputQueue();
  assertEquals(queue.leading, 0);
  queue.push("head");
  assertEquals(queue.leading, 4);
  queue.push(new Uint8Array(65535));
  assertEquals(queue.leading, 65539);
  queue.push("tail");
  assertEquals(queue.leading, 65543);
  queue.push(new Uint8Array(65536));
  assertEquals(queue.leading, 65543);
  assertEquals(queue.size, 131079);
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

const CHANGES: Record<string, (buffer: ArrayBuffer) => void> = {
  detached: (buffer) => void buffer.transfer(),
  shrunk: (buffer) => buffer.resize(buffer.byteLength - 1),
  grown: (buffer) => buffer.resize(buffer.byteLength + 1),
};

for (const [how, change] of Object.entries(CHANGES)) {
  Deno.test(`OutputQueue takes out no bytes that were ${how} after they were pushed`, () => {
    const around = [[], ["head"], ["head", "tail"], [new Uint8Array(70_000), new Uint8Array(100)]];
    for (const size of [10, 70_000, 200_000]) {
      for (const [before, after] of around) {
        const queue = new OutputQueue();
        const buffer = new ArrayBuffer(size, { maxByteLength: size + 1 });
        if (before !== undefined) queue.push(before);
        queue.push(new Uint8Array(buffer));
        if (after !== undefined) queue.push(after);
        change(buffer);
        let taken = 0;
        assertThrows(() => {
          for (let i = 0; i < 10; i++) taken += take(queue).length;
        }, ChangedBytesError);
        assert(taken <= (before?.length ?? 0), `${taken} bytes`);
        queue.clear();
        queue.push("abc");
        assertEquals(queue.takeText(), "abc");
      }
    }
  });
}

Deno.test("OutputQueue takes out no more of bytes that were detached when some of them had been taken", () => {
  const queue = new OutputQueue();
  const bytes = new Uint8Array(300);
  queue.push(bytes);
  assertEquals(queue.takeBytes(100)?.length, 100);
  bytes.buffer.transfer();
  assertThrows(() => queue.takeBytes(100), ChangedBytesError);
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
        if (random(2) === 0) {
          received += queue.takeText() ??
            decoder.decode(take(queue, 1 + random(100_000), 1 + random(100_000)));
        } else {
          const target = new Uint8Array(1 + random(10_000));
          received += decoder.decode(target.subarray(0, queue.fill(target)));
        }
      }
    }
    while (queue.size > 0) received += decoder.decode(take(queue));
    assert(received === expected, `round ${round}`);
  }
});
