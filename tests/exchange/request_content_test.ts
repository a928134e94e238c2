import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ConnectionClosedError, HttpError } from "../../src/http/errors.ts";
import type { BodyDecoder } from "../../src/h1/body_decoder.ts";
import { ChunkedDecoder } from "../../src/h1/chunked_decoder.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { LengthDecoder } from "../../src/h1/length_decoder.ts";
import { ContentReceiver } from "../../src/server/content_receiver.ts";

const DRAIN_LIMIT = 256 * 1024;
const HIGH_WATER_MARK = 64 * 1024;
const LIMITS = { maxRequestBodySize: 1e9, maxHeaderSize: 1000, maxHeaderCount: 10 };

/** A receiver of chunked content, what has arrived for it, and how often the handler asked for more. */
function receiving(decoder: BodyDecoder = new ChunkedDecoder(LIMITS)) {
  const input = new InputBuffer();
  const asked = { times: 0, dropped: 0 };
  const receiver = new ContentReceiver(decoder, {
    bodyWanted: () => void asked.times++,
    bodyDropped: () => void asked.dropped++,
  });
  const receive = (text: string) => {
    input.push(new TextEncoder().encode(text));
    receiver.receive(input);
  };
  return { receiver, input, receive, asked };
}

function chunkOf(size: number): string {
  return `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;
}

Deno.test("ContentReceiver.receive() brings the content to whoever reads, and the trailers behind it", async () => {
  const { receiver, receive, asked } = receiving();
  const bytes = receiver.body.bytes();
  const trailers = receiver.body.trailers();
  assertEquals(asked.times, 1);
  receive("5\r\nhel");
  assertEquals([receiver.received, receiver.done, receiver.awaited], [3, false, true]);
  receive("lo\r\n0\r\nX: y\r\nHost: z\r\n\r\nnext");
  assertEquals([receiver.received, receiver.done, receiver.awaited], [5, true, false]);
  assertEquals(new TextDecoder().decode(await bytes), "hello");
  assertEquals((await trailers).raw(), [["X", "y"]]);
});

Deno.test("ContentReceiver.receive() leaves what follows the content", () => {
  const { receive, input, receiver } = receiving();
  receive("0\r\n\r\nnext");
  assertEquals([receiver.done, input.length], [true, 4]);
  receiver.receive(input);
  assertEquals(input.length, 4);
});

Deno.test("ContentReceiver.receive() throws where the content is malformed", () => {
  const { receive } = receiving();
  assertThrows(() => receive("x"), HttpError, "A chunk size is missing or malformed");
});

Deno.test("ContentReceiver.wantsMore is false while 64 KiB wait for a handler that does not read", async () => {
  const { receiver, receive } = receiving();
  receive(chunkOf(HIGH_WATER_MARK - 1));
  assertEquals(receiver.wantsMore, true);
  receive(chunkOf(1));
  assertEquals([receiver.wantsMore, receiver.awaited], [false, false]);
  const reader = receiver.body.stream().getReader();
  await reader.read();
  assertEquals(receiver.wantsMore, true);
});

Deno.test("ContentReceiver.fail() makes the handler's reads fail, and takes nothing more", async () => {
  const { receiver, receive } = receiving();
  const bytes = receiver.body.bytes();
  const error = new HttpError(400, "The content ended early");
  receiver.fail(error);
  assertEquals([receiver.wantsMore, receiver.awaited, receiver.tooMuchUnread], [false, false, true]);
  receive("x");
  assertEquals(receiver.received, 0);
  assertStrictEquals(await assertRejects(() => bytes), error);
});

Deno.test("ContentReceiver.body leaves no read unhandled that is looked at later", async () => {
  const error = new HttpError(400, "The content ended early");
  const ends: ((receiver: ContentReceiver) => void)[] = [
    (receiver) => receiver.fail(error),
    (receiver) => receiver.discard(),
  ];
  for (const end of ends) {
    const { receiver } = receiving();
    const reads = [receiver.body.bytes(), receiver.body.trailers(), receiver.body.bytes()];
    end(receiver);
    receiver.fail(error);
    reads.push(receiver.body.trailers(), receiver.body.bytes());
    const failed = receiving().receiver;
    end(failed);
    reads.push(failed.body.bytes());
    // Whatever is unhandled is told by then.
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const read of reads) await assertRejects(() => read as Promise<unknown>);
  }
});

Deno.test("ContentReceiver.discard() drops what comes, and waits for it", async () => {
  const { receiver, receive } = receiving();
  receive(chunkOf(HIGH_WATER_MARK));
  assertEquals([receiver.wantsMore, receiver.awaited], [false, false]);
  receiver.discard();
  receiver.discard();
  assertEquals([receiver.wantsMore, receiver.awaited], [true, true]);
  receive(chunkOf(10) + "0\r\n\r\n");
  assertEquals([receiver.done, receiver.awaited], [true, false]);
  const message = "Cannot read the body: the handler has settled";
  await assertRejects(() => receiver.body.bytes(), ConnectionClosedError, message);
});

Deno.test("ContentReceiver.tooMuchUnread counts what has arrived or is known to come, and was not taken", async () => {
  const known = (left: number) => ({
    done: false,
    left,
    trailerSection: null,
    decode: () => null,
  });
  assertEquals(receiving(known(DRAIN_LIMIT)).receiver.tooMuchUnread, false);
  assertEquals(receiving(known(DRAIN_LIMIT + 1)).receiver.tooMuchUnread, true);
  const { receiver, receive } = receiving();
  assertEquals(receiver.tooMuchUnread, false);
  receive(chunkOf(HIGH_WATER_MARK));
  await receiver.body.stream().getReader().read();
  receive(chunkOf(DRAIN_LIMIT));
  assertEquals(receiver.tooMuchUnread, false);
  receive("1\r\n");
  assertEquals(receiver.tooMuchUnread, true);
});

Deno.test("ContentReceiver.body gives bytes in a buffer of their length", async () => {
  const sizes = [1500, 600, 5];
  const inputs = [sizes.map(chunkOf).join(""), chunkOf(1500), chunkOf(0)];
  for (const content of inputs) {
    for (const readsFirst of [true, false]) {
      const { receiver, receive } = receiving();
      const early = readsFirst ? receiver.body.bytes() : null;
      for (const byte of content.endsWith("0\r\n\r\n") ? content : content + "0\r\n\r\n") receive(byte);
      const bytes = await (early ?? receiver.body.bytes());
      assertEquals(bytes.buffer.byteLength, bytes.length);
    }
  }
});

Deno.test("ContentReceiver.fail() leaves what a stream has not brought yet, and fails behind it", async () => {
  const { receiver, receive } = receiving();
  receive("3\r\nabc\r\n");
  receiver.fail(new HttpError(400, "broken"));
  const reader = receiver.body.stream().getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "abc");
  await assertRejects(() => reader.read(), HttpError, "broken");
});

Deno.test("ContentReceiver.body cannot be read once its stream was canceled or handed over", async () => {
  const uses: ((body: ContentReceiver["body"]) => unknown)[] = [
    (body) => body.stream().cancel(),
    (body) => body.handOver(),
    (body) => body.bytes(),
    (body) => body.stream().getReader(),
  ];
  for (const use of uses) {
    const { receiver, receive } = receiving();
    receive("3\r\nabc\r\n0\r\n\r\n");
    await use(receiver.body);
    await assertRejects(() => receiver.body.bytes(), TypeError, "Cannot read the body: it has been read");
    assertThrows(() => receiver.body.handOver(), TypeError, "Cannot read the body: it has been read");
  }
});

Deno.test("ContentReceiver.body locks a stream that was taken before somebody reads it whole, as Fetch does", async () => {
  const { receiver, receive } = receiving();
  const stream = receiver.body.stream();
  receive("3\r\nabc\r\n");
  const bytes = receiver.body.bytes();
  assertEquals(stream.locked, true);
  assertThrows(() => stream.getReader(), TypeError);
  receive("3\r\ndef\r\n0\r\n\r\n");
  assertEquals(new TextDecoder().decode(await bytes), "abcdef");
  assertEquals(stream.locked, true);
});

Deno.test("ContentReceiver.body tells a wish for content from one that it be dropped", async () => {
  const { receiver, receive, asked } = receiving();
  assertEquals(receiver.body.wanted, false);
  const stream = receiver.body.stream();
  assertEquals(receiver.body.wanted, true);
  await stream.cancel();
  assertEquals([asked.times, asked.dropped, receiver.body.wanted], [0, 1, false]);
  receive(chunkOf(HIGH_WATER_MARK));
  assertEquals([receiver.wantsMore, receiver.body.consumed], [true, 0]);
});

Deno.test("ContentReceiver.body.handOver() gives the stream to one who alone may read it", async () => {
  const { receiver, receive } = receiving();
  receive("3\r\nabc\r\n0\r\n\r\n");
  assertEquals(await new Response(receiver.body.handOver()).text(), "abc");
});

Deno.test("ContentReceiver.body gives content of known length in one piece, however it comes and whenever it is asked", async () => {
  const text = Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x20 + i % 95)).join("");
  for (let first = 0; first <= text.length; first++) {
    for (const asksFirst of [true, false]) {
      const { receiver, receive } = receiving(new LengthDecoder(text.length));
      const early = asksFirst ? receiver.body.bytes() : null;
      receive(text.slice(0, first));
      receive(text.slice(first));
      const bytes = await (early ?? receiver.body.bytes());
      assertEquals(new TextDecoder().decode(bytes), text, `${first} ${asksFirst}`);
      assertEquals([bytes.buffer.byteLength, receiver.body.consumed, receiver.body.read], [100, 100, true]);
    }
  }
});

Deno.test("ContentReceiver.body gives all of what came before it was asked and after", async () => {
  for (const length of [9, HIGH_WATER_MARK + 9]) {
    const { receiver, receive } = receiving(new LengthDecoder(length));
    receive("abc");
    const bytes = receiver.body.bytes();
    receive("def");
    receive("g".repeat(length - 6));
    assertEquals(new TextDecoder().decode(await bytes), "abcdef" + "g".repeat(length - 6));
  }
});

Deno.test("ContentReceiver.fail() rejects what has been collected in part, and keeps none of it", async () => {
  for (const end of ["fail", "discard"] as const) {
    const { receiver, receive } = receiving(new LengthDecoder(10));
    const bytes = receiver.body.bytes();
    receive("abc");
    receive("def");
    if (end === "fail") receiver.fail(new HttpError(400, "The content ended early"));
    else receiver.discard();
    await assertRejects(() => bytes, end === "fail" ? HttpError : ConnectionClosedError);
    await assertRejects(() => receiver.body.bytes(), TypeError, "Cannot read the body");
  }
});

Deno.test("ContentReceiver.body gives the buffer of a chunk away only if there is nothing else in it", async () => {
  const cases = [
    { before: "", after: "", offset: 0, given: true },
    { before: "the head", after: "", offset: 0, given: false },
    { before: "", after: "the next head", offset: 0, given: false },
    { before: "", after: "", offset: 8, given: false },
  ];
  for (const { before, after, offset, given } of cases) {
    const text = new TextEncoder().encode(before + "x".repeat(100) + after);
    const chunk = new Uint8Array(offset + text.length).subarray(offset);
    chunk.set(text);
    const input = new InputBuffer();
    input.push(chunk);
    input.consume(before.length);
    const receiver = new ContentReceiver(new LengthDecoder(100), { bodyWanted() {}, bodyDropped() {} });
    receiver.receive(input);
    const { value } = await receiver.body.stream().getReader().read();
    assertEquals(new TextDecoder().decode(value), "x".repeat(100));
    assertEquals(value!.buffer === chunk.buffer, given, JSON.stringify({ before, after, offset }));
  }
});

Deno.test("ContentReceiver.body copies what is little of a chunk, to keep no more", async () => {
  const chunk = new TextEncoder().encode("1\r\nx\r\n".repeat(100) + "0\r\n\r\n");
  const input = new InputBuffer();
  input.push(chunk);
  const receiver = new ContentReceiver(new ChunkedDecoder(LIMITS), { bodyWanted() {}, bodyDropped() {} });
  const reading = receiver.body.stream().getReader().read();
  // The stream asks for content in a microtask.
  await new Promise((resolve) => setTimeout(resolve));
  receiver.receive(input);
  const { value } = await reading;
  assertEquals([value!.length, value!.buffer.byteLength], [100, 100]);
});
