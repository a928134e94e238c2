import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { bytesOf, inputOf, textOf } from "./input.ts";

/** What waits, by the fields that parsers read. */
function waiting(input: InputBuffer): string {
  return textOf(input.bytes.subarray(input.start, input.end));
}

Deno.test("InputBuffer is empty at first", () => {
  const input = new InputBuffer();
  assertEquals([input.length, input.start, input.end], [0, 0, 0]);
  assertEquals(input.take(5).length, 0);
});

Deno.test("InputBuffer.push() uses a chunk where it lies while nothing waits", () => {
  const input = new InputBuffer();
  const first = bytesOf("first");
  input.push(first);
  assertStrictEquals(input.bytes, first);
  input.consume(5);
  const second = bytesOf("second");
  input.push(second);
  assertStrictEquals(input.bytes, second);
  assertEquals([input.start, input.end, waiting(input)], [0, 6, "second"]);
});

Deno.test("InputBuffer.push() joins a chunk with what waits, and leaves both chunks as they are", () => {
  const first = bytesOf("xxab");
  // Part of a larger buffer, whose next bytes are not its own.
  const whole = bytesOf("xxabXX");
  for (const chunk of [first, whole.subarray(0, 4)]) {
    const input = new InputBuffer();
    input.push(chunk);
    input.consume(2);
    const second = bytesOf("cd");
    input.push(second);
    assertEquals([waiting(input), input.length], ["abcd", 4]);
    assertEquals([textOf(first), textOf(whole), textOf(second)], ["xxab", "xxabXX", "cd"]);
  }
});

Deno.test("InputBuffer.push() never writes into a chunk that it was given", () => {
  const input = new InputBuffer();
  const chunk = bytesOf("ab0123456789".repeat(500));
  const copy = chunk.slice();
  input.push(chunk);
  input.consume(5990);
  input.push(bytesOf("cd"));
  input.push(bytesOf("ef"));
  assertEquals(chunk, copy);
  assertEquals(waiting(input), "0123456789cdef");
  // A chunk that comes after the buffer's own memory was let go is not the buffer's to write into either.
  input.consume(input.length);
  const next = bytesOf("next!");
  input.push(next.subarray(0, 4));
  input.push(bytesOf("?"));
  assertEquals([waiting(input), textOf(next)], ["next?", "next!"]);
});

Deno.test("InputBuffer.push() copies what comes a byte at a time a bounded number of times", () => {
  const input = new InputBuffer();
  const buffers = new Set<Uint8Array>();
  for (let i = 0; i < 30_000; i++) {
    input.push(Uint8Array.of(i % 251));
    buffers.add(input.bytes);
  }
  assertEquals(input.length, 30_000);
  for (let i = 0; i < 30_000; i++) assertEquals(input.bytes[input.start + i], i % 251);
  assert(buffers.size <= 8, `${buffers.size} buffers`);
});

Deno.test("InputBuffer.push() takes at most twice the memory of what waits, and not that of what has gone", () => {
  const input = new InputBuffer();
  for (let i = 0; i < 1000; i++) {
    input.push(new Uint8Array(1000));
    if (input.length > 3000) input.consume(input.length - 500);
  }
  assert(input.bytes.length <= 2 * (3000 + 1000), `${input.bytes.length} bytes`);
});

Deno.test("InputBuffer.take() gives up to as many bytes as asked for", () => {
  const input = inputOf("abcdef");
  assertEquals(textOf(input.take(2)), "ab");
  assertEquals([input.start, input.length], [2, 4]);
  assertEquals(textOf(input.take(0)), "");
  assertEquals(textOf(input.take(3)), "cde");
  assertEquals(textOf(input.take(100)), "f");
  assertEquals(textOf(input.take(100)), "");
  assertEquals(input.length, 0);
});

Deno.test("InputBuffer.take() gives a whole chunk itself, and only a part of a part", () => {
  const chunk = bytesOf("abcdef");
  const input = new InputBuffer();
  input.push(chunk);
  assertStrictEquals(input.take(6), chunk);
  input.push(chunk);
  assertEquals(textOf(input.take(5)), "abcde");
  assertEquals(textOf(input.take(5)), "f");
  // More room than bytes: the room must not be given out.
  input.push(bytesOf("ab"));
  input.push(bytesOf("cd"));
  assertEquals(textOf(input.take(9000)), "abcd");
});

Deno.test("InputBuffer.take() gives bytes that nothing writes over", () => {
  const input = inputOf("a");
  input.push(bytesOf("b".repeat(20)));
  const taken = input.take(10);
  for (let i = 0; i < 100; i++) input.push(bytesOf("c".repeat(20)));
  assertEquals(textOf(taken), "a" + "b".repeat(9));
});

Deno.test("InputBuffer.consume() drops bytes, and the memory with the last of them", () => {
  const input = inputOf("abcdef");
  input.consume(0);
  assertEquals(waiting(input), "abcdef");
  input.consume(4);
  assertEquals([waiting(input), input.start], ["ef", 4]);
  input.consume(2);
  assertEquals([input.length, input.start, input.end, input.bytes.length], [0, 0, 0, 0]);
});

Deno.test("InputBuffer.clear() drops everything and its memory", () => {
  const input = inputOf("abcdef");
  input.push(bytesOf("ghi"));
  input.clear();
  assertEquals([input.length, input.start, input.end, input.bytes.length], [0, 0, 0, 0]);
  input.push(bytesOf("new"));
  assertEquals(waiting(input), "new");
});

Deno.test("InputBuffer is a queue of bytes, whatever the order of calls", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), size: fc.nat(3000) }),
    fc.record({ kind: fc.constantFrom("take" as const, "consume" as const), size: fc.nat(4000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const input = new InputBuffer();
      let model: number[] = [];
      let next = 0;
      for (const { kind, size } of steps) {
        if (kind === "push") {
          // A chunk without bytes never arrives.
          const chunk = Uint8Array.from({ length: size + 1 }, () => next++ % 251);
          model = [...model, ...chunk];
          input.push(chunk);
        } else if (kind === "take") {
          assertEquals([...input.take(size)], model.slice(0, size));
          model = model.slice(size);
        } else {
          const count = Math.min(size, model.length);
          input.consume(count);
          model = model.slice(count);
        }
        assertEquals(input.length, model.length);
      }
      assertEquals([...input.bytes.subarray(input.start, input.end)], model);
    }),
    { seed: 9112, numRuns: 60 },
  );
});
