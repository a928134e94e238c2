import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { RequestContent } from "../../src/exchange/request_content.ts";
import { ConnectionClosedError, HttpError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import { bytesOf } from "../h1/input.ts";

const HIGH_WATER_MARK = 64 * 1024;

const SETTLED = new ConnectionClosedError("Cannot read the body: the handler has settled");

/** Content of `length` bytes, or of unknown length, and how often the handler asked for more. */
function receiving(length = 0) {
  const asked = { times: 0, dropped: 0 };
  const content = new RequestContent({
    contentWanted: () => void asked.times++,
    contentDropped: () => void asked.dropped++,
  }, length);
  /** Text arrives, in a buffer that others use. */
  const receive = (text: string) => content.push(bytesOf(text), false);
  return { content, receive, asked };
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("RequestContent brings the content to whoever reads, and the trailers after it", async () => {
  const { content, receive, asked } = receiving();
  const bytes = content.bytes();
  const trailers = content.trailers();
  assertEquals(asked.times, 2);
  receive("hel");
  assertEquals([content.received, content.ended, content.awaited], [3, false, true]);
  receive("lo");
  content.end(() => new HeaderMap({ X: "y" }));
  assertEquals([content.received, content.ended, content.awaited], [5, true, false]);
  assertEquals(textOf(await bytes), "hello");
  assertEquals((await trailers).raw(), [["X", "y"]]);
});

Deno.test("RequestContent.trailers() makes the map once, only where somebody asks", async () => {
  let made = 0;
  const trailersOf = () => new HeaderMap({ made: `${++made}` });
  const { content } = receiving();
  content.end(trailersOf);
  assertEquals(made, 0);
  assertStrictEquals(await content.trailers(), await content.trailers());
  assertEquals(made, 1);
  const { content: plain } = receiving();
  plain.end();
  assertEquals((await plain.trailers()).raw(), []);
});

Deno.test("RequestContent.accepts is false while 64 KiB wait for a handler that does not read", async () => {
  const { content, receive } = receiving();
  receive("x".repeat(HIGH_WATER_MARK - 1));
  assertEquals(content.accepts, true);
  receive("x");
  assertEquals([content.accepts, content.awaited], [false, false]);
  const reader = content.stream().getReader();
  await reader.read();
  assertEquals(content.accepts, true);
});

Deno.test("RequestContent.awaited is true for trailers alone, unless the client is held back", async () => {
  const { content, receive } = receiving();
  content.trailers();
  assertEquals([content.awaited, content.trailersAwaited], [true, true]);
  receive("x".repeat(HIGH_WATER_MARK));
  assertEquals([content.awaited, content.trailersAwaited], [false, true]);
  content.drop(SETTLED);
  assertEquals([content.awaited, content.trailersAwaited], [true, true]);
  content.end();
  assertEquals([content.awaited, content.trailersAwaited], [false, false]);
  assertEquals((await content.trailers()).raw(), []);
});

Deno.test("RequestContent.fail() makes the handler's reads fail, and nothing is awaited", async () => {
  const { content } = receiving();
  const bytes = content.bytes();
  const error = new HttpError(400, "The content ended early");
  content.fail(error);
  assertEquals([content.awaited, content.trailersAwaited], [false, false]);
  assertStrictEquals(await assertRejects(() => bytes), error);
  assertStrictEquals(await assertRejects(() => content.trailers()), error);
});

Deno.test("RequestContent.fail() changes nothing once the content has ended", async () => {
  const { content, receive } = receiving();
  receive("abc");
  content.end();
  content.fail(new HttpError(400, "too late"));
  assertEquals(textOf(await content.bytes()), "abc");
});

Deno.test("RequestContent leaves no read unhandled that is looked at later", async () => {
  const error = new HttpError(400, "The content ended early");
  const ends: ((content: RequestContent) => void)[] = [
    (content) => content.fail(error),
    (content) => content.discard(SETTLED),
  ];
  for (const end of ends) {
    const { content } = receiving();
    const reads = [content.bytes(), content.trailers(), content.bytes()];
    end(content);
    content.fail(error);
    reads.push(content.trailers(), content.bytes());
    const failed = receiving().content;
    end(failed);
    reads.push(failed.bytes());
    // Whatever is unhandled is told by then.
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const read of reads) await assertRejects(() => read as Promise<unknown>);
  }
});

Deno.test("RequestContent.discard() drops what is there and what comes", async () => {
  const { content, receive } = receiving();
  receive("x".repeat(HIGH_WATER_MARK));
  assertEquals([content.accepts, content.awaited], [false, false]);
  content.discard(SETTLED);
  content.discard(SETTLED);
  assertEquals(content.accepts, true);
  receive("x".repeat(10));
  content.end();
  assertEquals([content.ended, content.consumed, content.received], [true, 0, HIGH_WATER_MARK + 10]);
  assertStrictEquals(await assertRejects(() => content.bytes()), SETTLED);
});

Deno.test("RequestContent.drop() ends reads, and leaves trailers to come", async () => {
  const { content, receive } = receiving();
  const trailers = content.trailers();
  const reading = content.stream().getReader().read();
  content.drop(SETTLED);
  assertStrictEquals(await assertRejects(() => reading), SETTLED);
  receive("abc");
  content.end(() => new HeaderMap({ a: "b" }));
  assertEquals((await trailers).raw(), [["a", "b"]]);
});

Deno.test("RequestContent.consumed counts what the handler has taken, and not what has arrived", async () => {
  const { content, receive } = receiving();
  receive("abc");
  receive("x".repeat(2000));
  assertEquals([content.received, content.consumed], [2003, 0]);
  const reader = content.stream().getReader();
  assertEquals(textOf((await reader.read()).value), "abc");
  assertEquals(content.consumed, 3);
  await reader.read();
  assertEquals(content.consumed, 2003);
  const reading = reader.read();
  await new Promise((resolve) => setTimeout(resolve));
  receive("late");
  await reading;
  assertEquals([content.received, content.consumed, content.read], [2007, 2007, false]);
  content.end();
  assertEquals(content.read, true);
});

Deno.test("RequestContent.bytes() gives bytes in a buffer of their length", async () => {
  const contents = [[1500, 600, 5], [1500], []].map((sizes) => "x".repeat(sizes.reduce((a, b) => a + b, 0)));
  for (const text of contents) {
    for (const readsFirst of [true, false]) {
      const { content, receive } = receiving();
      const early = readsFirst ? content.bytes() : null;
      for (const byte of text) receive(byte);
      content.end();
      const bytes = await (early ?? content.bytes());
      assertEquals([bytes.length, bytes.buffer.byteLength], [text.length, text.length]);
    }
  }
});

Deno.test("RequestContent.fail() leaves what a stream has not brought yet, and fails after it", async () => {
  const { content, receive } = receiving();
  receive("abc");
  content.fail(new HttpError(400, "broken"));
  const reader = content.stream().getReader();
  assertEquals(textOf((await reader.read()).value), "abc");
  await assertRejects(() => reader.read(), HttpError, "broken");
});

Deno.test("RequestContent cannot be read once its stream was canceled or handed over", async () => {
  const uses: ((content: RequestContent) => unknown)[] = [
    (content) => content.stream().cancel(),
    (content) => content.handOver(),
    (content) => content.bytes(),
    (content) => content.stream().getReader(),
  ];
  for (const use of uses) {
    const { content, receive } = receiving();
    receive("abc");
    content.end();
    await use(content);
    await assertRejects(() => content.bytes(), TypeError, "Cannot read the body: it has been read");
    assertThrows(() => content.handOver(), TypeError, "Cannot read the body: it has been read");
  }
});

Deno.test("RequestContent.bytes() locks a stream that was taken before, as Fetch does", async () => {
  const { content, receive } = receiving();
  const stream = content.stream();
  receive("abc");
  const bytes = content.bytes();
  assertEquals(stream.locked, true);
  assertThrows(() => stream.getReader(), TypeError);
  receive("def");
  content.end();
  assertEquals(textOf(await bytes), "abcdef");
  assertEquals(stream.locked, true);
});

Deno.test("RequestContent tells a wish for content from one that it be dropped", async () => {
  const { content, receive, asked } = receiving();
  assertEquals([content.touched, content.wanted], [false, false]);
  const stream = content.stream();
  assertEquals([content.touched, content.wanted], [true, true]);
  await stream.cancel();
  assertEquals([asked.times, asked.dropped, content.wanted], [0, 1, false]);
  receive("x".repeat(HIGH_WATER_MARK));
  assertEquals([content.accepts, content.consumed, content.read], [true, 0, false]);
});

Deno.test("RequestContent.handOver() gives the stream to one who alone may read it", async () => {
  const { content, receive } = receiving();
  receive("abc");
  content.end();
  assertEquals(await new Response(content.handOver()).text(), "abc");
});

Deno.test("RequestContent.bytes() gives content of known length in one piece, however it comes and whenever it is asked", async () => {
  const text = Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x20 + i % 95)).join("");
  for (let first = 0; first <= text.length; first++) {
    for (const asksFirst of [true, false]) {
      const { content, receive } = receiving(text.length);
      const early = asksFirst ? content.bytes() : null;
      for (const piece of [text.slice(0, first), text.slice(first)]) if (piece !== "") receive(piece);
      content.end();
      const bytes = await (early ?? content.bytes());
      assertEquals(textOf(bytes), text, `${first} ${asksFirst}`);
      assertEquals([bytes.buffer.byteLength, content.consumed, content.read], [100, 100, true]);
    }
  }
});

Deno.test("RequestContent.bytes() gives all of what came before it was asked and after", async () => {
  for (const length of [9, HIGH_WATER_MARK + 9]) {
    const { content, receive } = receiving(length);
    receive("abc");
    const bytes = content.bytes();
    receive("def");
    receive("g".repeat(length - 6));
    content.end();
    assertEquals(textOf(await bytes), "abcdef" + "g".repeat(length - 6));
  }
});

Deno.test("RequestContent rejects what has been collected in part, and keeps none of it", async () => {
  for (const end of ["fail", "discard"] as const) {
    const { content, receive } = receiving(10);
    const bytes = content.bytes();
    receive("abc");
    receive("def");
    if (end === "fail") content.fail(new HttpError(400, "The content ended early"));
    else content.discard(SETTLED);
    await assertRejects(() => bytes, end === "fail" ? HttpError : ConnectionClosedError);
    await assertRejects(() => content.bytes(), TypeError, "Cannot read the body");
  }
});

Deno.test("RequestContent gives a buffer away that is the content's alone, and copies any other", async () => {
  for (const owned of [true, false]) {
    for (const reads of ["before", "after"]) {
      const { content } = receiving();
      const reader = content.stream().getReader();
      const early = reads === "before" ? reader.read() : null;
      // The stream asks for content in a microtask.
      await new Promise((resolve) => setTimeout(resolve));
      const piece = bytesOf("x".repeat(100));
      content.push(piece, owned);
      const { value } = await (early ?? reader.read());
      assertEquals(textOf(value), "x".repeat(100));
      assertEquals(value!.buffer === piece.buffer, owned, `${owned} ${reads}`);
    }
  }
});

Deno.test("RequestContent copies what is little of a chunk, to keep no more", async () => {
  const { content } = receiving();
  content.push(bytesOf("x".repeat(10_000)).subarray(0, 100), false);
  const { value } = await content.stream().getReader().read();
  assertEquals([value!.length, value!.buffer.byteLength], [100, 100]);
});
