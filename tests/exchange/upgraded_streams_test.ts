import { setImmediate } from "node:timers";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ConnectionClosedError } from "../../src/http/errors.ts";
import { UpgradedStreams } from "../../src/exchange/upgraded_streams.ts";
import { DetachedSocket } from "../../src/server/detached_socket.ts";
import { Output } from "../../src/server/output.ts";
import { Statistics } from "../../src/server/statistics.ts";
import { FakeSocket } from "../server/fake_socket.ts";

const HIGH_WATER_MARK = 65536;

/** More than is written before it is sent. */
const MUCH = 100_000;

/** The streams of an upgraded connection on the thread that has it. */
function upgraded(early = "", ended = false) {
  const socket = new FakeSocket();
  const statistics = new Statistics();
  const output = new Output(socket, statistics);
  const detached = new DetachedSocket(socket, output, statistics, () => void socket.calls.push("leave"));
  const raw = new UpgradedStreams(detached, bytesOf(early), ended);
  const { readable, writable } = raw.streams;
  const drain = () => {
    output.onDrain();
    raw.onDrain();
  };
  /** `Connection` tells both, in this order. */
  const close = (error?: Error) => {
    output.close(new ConnectionClosedError("gone"));
    raw.onClose(error);
  };
  return { socket, raw, drain, close, reader: readable.getReader(), writer: writable.getWriter() };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function readText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | null> {
  const { value, done } = await reader.read();
  return done ? null : new TextDecoder().decode(value);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await null;
}

Deno.test("UpgradedStreams.streams.readable gives first what came early, then what comes", async () => {
  const { raw, reader } = upgraded("early");
  raw.onData(bytesOf("later"));
  assertEquals([await readText(reader), await readText(reader)], ["early", "later"]);
});

Deno.test("UpgradedStreams.streams.readable gives chunks with buffers of their own", async () => {
  const { raw, reader } = upgraded();
  raw.onData(bytesOf("a secret of others").subarray(0, 1));
  const { value } = await reader.read();
  assertEquals(value!.buffer.byteLength, 1);
});

Deno.test("UpgradedStreams.streams.readable ends when the client closes its half", async () => {
  const { raw, reader } = upgraded();
  raw.onData(bytesOf("last"));
  raw.onEnd();
  assertEquals([await readText(reader), await readText(reader)], ["last", null]);
});

Deno.test("UpgradedStreams.streams.readable ends behind what came early where the half was closed before", async () => {
  const { reader } = upgraded("early", true);
  assertEquals([await readText(reader), await readText(reader)], ["early", null]);
  assertEquals(await readText(upgraded("", true).reader), null);
});

Deno.test("UpgradedStreams holds the client back while 64 KiB wait to be read", async () => {
  const { raw, reader, socket } = upgraded();
  await settle();
  socket.take();
  raw.onData(new Uint8Array(HIGH_WATER_MARK - 1));
  await settle();
  assertEquals(socket.take().includes("pause"), false);
  raw.onData(new Uint8Array(1));
  await settle();
  assertEquals(socket.take(), ["pause"]);
  await reader.read();
  await settle();
  assertEquals(socket.take(), ["resume"]);
});

Deno.test("UpgradedStreams holds the client back where that much came early", () => {
  const { socket } = upgraded("a".repeat(HIGH_WATER_MARK));
  assertEquals(socket.take(), ["pause"]);
});

Deno.test("UpgradedStreams drops what comes once nobody reads, and does not hold the client back", async () => {
  const { raw, reader, socket } = upgraded();
  await reader.cancel();
  socket.take();
  raw.onData(new Uint8Array(2 * HIGH_WATER_MARK));
  raw.onEnd();
  assertEquals(socket.take(), []);
});

Deno.test("UpgradedStreams resumes a client that was held back once nobody reads", async () => {
  const { reader, socket } = upgraded("a".repeat(HIGH_WATER_MARK));
  await reader.cancel();
  assertEquals(socket.take(), ["pause", "resume"]);
});

Deno.test("UpgradedStreams.streams.writable sends bytes, and waits while the client does not take them", async () => {
  const { writer, socket, drain } = upgraded();
  await settle();
  socket.take();
  await writer.write(bytesOf("a"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  assertEquals(socket.take(), ["write a", "flush"]);
  socket.keepsUp = false;
  let written = false;
  const writing = writer.write(new Uint8Array(MUCH)).then(() => written = true);
  await settle();
  assertEquals(written, false);
  drain();
  await writing;
});

Deno.test("UpgradedStreams.streams.writable takes nothing but bytes", async () => {
  const { writer } = upgraded();
  const error = await assertRejects(() => writer.write("text" as unknown as Uint8Array), TypeError);
  assertEquals(error.message, "Cannot write to the connection: the chunk is no Uint8Array");
});

Deno.test("UpgradedStreams.streams.writable closes this half when it is closed, and reading goes on", async () => {
  const { raw, reader, writer, socket } = upgraded();
  await settle();
  socket.take();
  writer.write(bytesOf("bye"));
  await writer.close();
  assertEquals(socket.take(), ["write bye", "flush", "end"]);
  raw.onData(bytesOf("still"));
  assertEquals(await readText(reader), "still");
});

Deno.test("UpgradedStreams.streams.writable cuts the connection when it is aborted", async () => {
  const { reader, writer, socket, close } = upgraded();
  await settle();
  socket.take();
  await writer.abort(new Error("enough"));
  assertEquals(socket.take(), ["destroy"]);
  close();
  await assertRejects(() => reader.read(), ConnectionClosedError, "The connection was closed");
});

Deno.test("UpgradedStreams.onClose() makes both streams fail, with the reason", async () => {
  const { reader, writer, close } = upgraded();
  const reset = new Error("ECONNRESET");
  // The close of a stream that nobody waits for must not be unhandled.
  reader.closed.catch(() => {});
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  close(reset);
  const error = await assertRejects(() => reader.read(), ConnectionClosedError, "The connection was closed");
  assertStrictEquals(error.cause, reset);
  assertStrictEquals(await assertRejects(() => writer.write(bytesOf("a"))), error);
});

Deno.test("UpgradedStreams.onClose() makes a write fail that waits for the client", async () => {
  const { reader, writer, socket, close } = upgraded();
  reader.closed.catch(() => {});
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  socket.keepsUp = false;
  const writing = writer.write(new Uint8Array(MUCH));
  await settle();
  close();
  await assertRejects(() => writing, ConnectionClosedError);
});

Deno.test("UpgradedStreams.onClose() leaves a stream alone that has ended in order", async () => {
  const { raw, reader, writer, close } = upgraded();
  raw.onEnd();
  await writer.close();
  close();
  assertEquals(await readText(reader), null);
  assertEquals(await writer.closed, undefined);
});

Deno.test("UpgradedStreams tells once when its handler has left both halves, whichever goes first", async () => {
  for (const readsFirst of [true, false]) {
    const { socket, reader, writer } = upgraded();
    await settle();
    socket.take();
    const halves = [() => reader.cancel(), () => writer.close()];
    if (!readsFirst) halves.reverse();
    await halves[0]!();
    assertEquals(socket.take().includes("leave"), false);
    await halves[1]!();
    assertEquals(socket.take().filter((call) => call === "leave"), ["leave"]);
  }
});

Deno.test("UpgradedStreams is left when the client has closed its half and the handler its own", async () => {
  const { raw, socket, reader, writer, close } = upgraded();
  // What the client sent last can still be read, or left, when the connection has gone.
  raw.onData(new Uint8Array(1));
  raw.onEnd();
  await writer.close();
  assertEquals(socket.take().slice(-2), ["end", "leave"]);
  await reader.cancel();
  close();
  assertEquals(socket.take().includes("leave"), false);
});

Deno.test("UpgradedStreams is not left any more once the connection is gone", async () => {
  const { raw, socket, reader, close } = upgraded();
  raw.onData(new Uint8Array(1));
  raw.onEnd();
  close();
  socket.take();
  await reader.cancel();
  assertEquals(socket.take().includes("leave"), false);
});
