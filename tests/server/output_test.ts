import { setImmediate } from "node:timers";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Output } from "../../src/server/output.ts";
import { Statistics } from "../../src/server/statistics.ts";
import { FakeSocket } from "./fake_socket.ts";

function outputTo(): { socket: FakeSocket; output: Output; sent: () => number } {
  const socket = new FakeSocket();
  const statistics = new Statistics();
  const sent = () => statistics.snapshot().bytesOut;
  return { socket, output: new Output(socket, statistics), sent };
}

/** Queues data, and sends it by the end of the turn. */
function write(output: Output, data: string | Uint8Array): void {
  output.add(data);
  output.schedule();
}

/** Waits for the end of this turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Returns the state of a promise after all pending microtasks. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = "pending";
  promise.then(() => state = "resolved", () => state = "rejected");
  for (let turn = 0; turn < 4; turn++) await null;
  return state;
}

Deno.test("Output.schedule() sends everything of a turn in one call, at its end", async () => {
  const { socket, output } = outputTo();
  write(output, "a");
  write(output, Uint8Array.of(0x62, 0xff));
  assertEquals(socket.take(), ["write a", "write b\xff"]);
  await null;
  write(output, "c");
  assertEquals(socket.take(), ["write c"], "a handler that waits for each piece goes on in this turn");
  await turn();
  assertEquals(socket.take(), ["flush"]);
});

Deno.test("Output.schedule() sends nothing while the output is corked", async () => {
  const { socket, output } = outputTo();
  output.cork();
  write(output, "a");
  await turn();
  assertEquals(socket.take(), ["write a"]);
  output.uncork(true);
  assertEquals(socket.take(), ["flush"]);
  await turn();
  assertEquals(socket.take(), []);
});

Deno.test("Output.uncork() sends by the end of the turn if more may follow", async () => {
  const { socket, output } = outputTo();
  output.cork();
  write(output, "a");
  output.uncork(false);
  assertEquals(socket.take(), ["write a"]);
  await turn();
  assertEquals(socket.take(), ["flush"]);
});

Deno.test("Output.add() sends nothing by itself", async () => {
  const { socket, output } = outputTo();
  output.add("a");
  await turn();
  assertEquals(socket.take(), ["write a"]);
  output.schedule();
  await turn();
  assertEquals(socket.take(), ["flush"]);
});

Deno.test("Output.uncork() makes no call if nothing was written", () => {
  const { socket, output } = outputTo();
  output.cork();
  output.uncork(true);
  assertEquals(socket.take(), []);
});

Deno.test("Output.flush() sends at once, and leaves nothing for the scheduled send", async () => {
  const { socket, output } = outputTo();
  write(output, "a");
  assertEquals(output.flush(), true);
  await turn();
  assertEquals(socket.take(), ["write a", "flush"]);
  assertEquals(output.flush(), true);
  assertEquals(socket.take(), []);
});

Deno.test("Output.flush() counts the bytes that it sends", () => {
  const { output, sent } = outputTo();
  write(output, "abc");
  assertEquals(sent(), 0);
  output.flush();
  write(output, new Uint8Array(5));
  output.flush();
  output.flush();
  assertEquals(sent(), 8);
});

Deno.test("Output is blocked from a flush that is held back to the drain", () => {
  const { socket, output } = outputTo();
  assertEquals([output.blocked, output.hasRoom()], [false, true]);
  socket.keepsUp = false;
  write(output, "a");
  assertEquals([output.flush(), output.blocked, output.hasRoom()], [false, true, false]);
  // There is nothing more to send, and the output is still blocked.
  assertEquals([output.flush(), output.blocked], [false, true]);
  output.onDrain();
  assertEquals([output.blocked, output.hasRoom(), output.flush()], [false, true, true]);
});

Deno.test("Output stays blocked until the drain, even if a later flush is accepted", () => {
  const { socket, output } = outputTo();
  socket.keepsUp = false;
  write(output, "a");
  output.flush();
  socket.keepsUp = true;
  write(output, "b");
  assertEquals([output.flush(), output.blocked], [false, true]);
});

Deno.test("Output.hasRoom() sends once 66 KiB have gathered, and not before", () => {
  const { socket, output } = outputTo();
  output.cork();
  for (const size of [33 * 1024, 33 * 1024 - 1]) write(output, "a".repeat(size));
  assertEquals(output.hasRoom(), true);
  assertEquals(socket.take().includes("flush"), false);
  write(output, "b");
  assertEquals(output.hasRoom(), true);
  assertEquals(socket.take(), ["write b", "flush"]);
  socket.keepsUp = false;
  write(output, new Uint8Array(66 * 1024));
  assertEquals(output.hasRoom(), false);
});

Deno.test("Output.hasRoom() sends what a program lends, from 64 KiB on, before its write resolves", () => {
  for (const [size, sends] of [[64 * 1024 - 1, false], [64 * 1024, true]] as const) {
    const { socket, output } = outputTo();
    output.add("1");
    output.add("a".repeat(size));
    socket.take();
    assertEquals([output.hasRoom(), socket.take()], [true, sends ? ["flush"] : []], `${size} bytes`);
    output.add("b");
    assertEquals([output.hasRoom(), socket.take()], [true, ["write b"]], "nothing is lent any more");
  }
});

Deno.test("Output.ready() returns one resolved promise while the client keeps up", async () => {
  const { output } = outputTo();
  const first = output.ready();
  write(output, "a");
  assertStrictEquals(output.ready(), first);
  assertEquals(await stateOf(first), "resolved");
});

Deno.test("Output.ready() waits for the drain", async () => {
  const { socket, output } = outputTo();
  socket.keepsUp = false;
  write(output, "a".repeat(66 * 1024));
  const [first, second] = [output.ready(), output.ready()];
  assertEquals([await stateOf(first), await stateOf(second)], ["pending", "pending"]);
  output.onDrain();
  assertEquals([await stateOf(first), await stateOf(second)], ["resolved", "resolved"]);
  assertEquals(await stateOf(output.ready()), "resolved");
  // The next wait has a new promise.
  write(output, "b".repeat(66 * 1024));
  assertEquals(await stateOf(output.ready()), "pending");
});

Deno.test("Output.close() rejects waits, now and later, and leaves no rejection unhandled", async () => {
  for (const waits of [true, false]) {
    const { socket, output } = outputTo();
    socket.keepsUp = false;
    write(output, "a");
    output.flush();
    const waiting = waits ? output.ready() : null;
    const error = new Error("gone");
    output.close(error);
    if (waiting !== null) assertStrictEquals(await assertRejects(() => waiting), error);
    output.close(new Error("another"));
    assertStrictEquals(await assertRejects(() => output.ready()), error, "the first reason holds");
    // The rejection of this promise must not be unhandled.
    output.ready();
  }
});

Deno.test("Output.add() drops what is written after the end", async () => {
  const { socket, output, sent } = outputTo();
  output.close(new Error("gone"));
  write(output, "a");
  await null;
  assertEquals([output.flush(), sent(), socket.take()], [true, 0, []]);
});

Deno.test("Output.unsent and Output.taken report the bytes that the kernel has not and has accepted", () => {
  const { socket, output } = outputTo();
  assertEquals([output.unsent, output.taken], [false, 0]);
  output.add("12345");
  socket.unsent = 5;
  assertEquals([output.unsent, output.taken], [true, 0]);
  output.flush();
  const told = [5, 4, 1, 0].map((unsent) => {
    Object.assign(socket, { unsent });
    return [output.unsent, output.taken];
  });
  assertEquals(told, [[true, 0], [true, 1], [true, 4], [false, 5]]);
  // Bytes that are added while others are unsent do not count as progress of the client.
  output.add("67");
  socket.unsent = 2;
  assertEquals(output.taken, 5);
  output.flush();
  assertEquals(output.taken, 5);
});

Deno.test("Output.schedule() sends once, and only if something was added", async () => {
  const { socket, output } = outputTo();
  output.schedule();
  await turn();
  assertEquals(socket.take(), []);
  write(output, "a");
  write(output, "b");
  await turn();
  assertEquals(socket.take(), ["write a", "write b", "flush"]);
});

Deno.test("Output.ready() waits for the next turn after 256 KiB, sent or skipped", async () => {
  const BURST = 256 * 1024;
  const ends: ((output: Output) => Promise<void>)[] = [
    (output) => {
      output.add("a".repeat(BURST));
      return output.ready();
    },
    (output) => output.skip(BURST),
  ];
  for (const end of ends) {
    const { output } = outputTo();
    output.add("a".repeat(BURST - 1));
    assertEquals(await stateOf(output.ready()), "resolved");
    const waiting = end(output);
    assertEquals(await stateOf(waiting), "pending");
    await waiting;
    assertEquals(await stateOf(output.ready()), "resolved");
  }
});

Deno.test("Output.skip() waits for a slow client, and rejects when the connection is closed", async () => {
  const { socket, output } = outputTo();
  socket.keepsUp = false;
  write(output, "a");
  output.flush();
  const skipping = output.skip(1);
  assertEquals(await stateOf(skipping), "pending");
  const error = new Error("gone");
  output.close(error);
  assertStrictEquals(await assertRejects(() => skipping), error);
});
