import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Statistics } from "../../../src/server/statistics.ts";
import { Channel } from "../../../src/threads/dispatch/channel.ts";
import {
  ABORT,
  CONTENT,
  HANDLER_ENDED,
  HANDLER_LEFT,
  WANT,
  WINDOW,
} from "../../../src/threads/dispatch/messages.ts";
import { RemoteSocket } from "../../../src/threads/dispatch/remote_socket.ts";

/** A channel that keeps its messages, text as it is and bytes as their numbers. */
class RecordedChannel extends Channel {
  readonly messages: unknown[] = [];

  constructor() {
    super({ postMessage() {} });
  }

  override send(operation: number, id: number, ...operands: readonly unknown[]): void {
    const shown = operands.map((one) => one instanceof ArrayBuffer ? [...new Uint8Array(one)] : one);
    this.messages.push([operation, id, ...shown]);
  }
}

/** A socket, its messages, and how often it has told that the program gave it up. */
function recorded() {
  const channel = new RecordedChannel();
  const { messages } = channel;
  const statistics = new Statistics();
  const destroyed = { times: 0 };
  const socket = new RemoteSocket({ channel, statistics }, 7, { path: "" }, () => void destroyed.times++);
  return { socket, messages, statistics, destroyed };
}

Deno.test("RemoteSocket.flush() posts text that follows text in one message, and keeps the order", () => {
  const { socket, messages } = recorded();
  for (const data of ["head", "5\r\n", Uint8Array.of(1, 2), "\r\n", "tail"]) socket.write(data);
  assertEquals([socket.unsent, messages], [15, []]);
  socket.flush();
  assertEquals(messages, [[CONTENT, 7, "head5\r\n"], [CONTENT, 7, [1, 2]], [CONTENT, 7, "\r\ntail"]]);
  assertEquals(socket.unsent, 15);
});

Deno.test("RemoteSocket.write() has copied bytes when it returns", () => {
  const { socket, messages } = recorded();
  const bytes = Uint8Array.of(1, 2);
  socket.write(bytes);
  bytes.fill(9);
  socket.flush();
  assertEquals(messages, [[CONTENT, 7, [1, 2]]]);
});

Deno.test("RemoteSocket.flush() returns false while a window is on its way, and ready() waits for the client", async () => {
  const { socket } = recorded();
  socket.write(new Uint8Array(WINDOW - 1));
  assertEquals(socket.flush(), true);
  socket.write("x");
  assertEquals([socket.flush(), socket.unsent], [false, WINDOW]);
  let ready = false;
  const waiting = socket.ready().then(() => ready = true);
  await null;
  assertEquals(ready, false);
  assertEquals([socket.acknowledged(1), socket.unsent], [true, WINDOW - 1]);
  await waiting;
  assertEquals(socket.acknowledged(1), false, "nobody was held back");
});

Deno.test("RemoteSocket.passedOn() lets more come at once, and what came while paused with resume()", () => {
  const { socket, messages } = recorded();
  socket.passedOn(5);
  socket.pause();
  socket.passedOn(6);
  socket.passedOn(7);
  assertEquals(messages.splice(0), [[WANT, 7, 5, -1]]);
  socket.resume();
  socket.resume();
  assertEquals(messages, [[WANT, 7, 13, -1]]);
});

Deno.test("RemoteSocket.end() and leave() are posted after what was written", () => {
  const { socket, messages } = recorded();
  socket.write("bye");
  socket.end();
  socket.leave();
  assertEquals(messages, [[CONTENT, 7, "bye"], [HANDLER_ENDED, 7], [HANDLER_LEFT, 7]]);
});

Deno.test("RemoteSocket.destroy() posts what was written and the end, once, and tells in a microtask", async () => {
  const { socket, messages, destroyed } = recorded();
  socket.write("bye");
  socket.destroy();
  socket.destroy();
  socket.write("more");
  socket.flush();
  assertEquals([messages, destroyed.times], [[[CONTENT, 7, "bye"], [ABORT, 7]], 0]);
  await null;
  assertEquals(destroyed.times, 1);
});

Deno.test("RemoteSocket.closed() rejects who waits and who comes later, and nothing is posted any more", async () => {
  const { socket, messages, destroyed } = recorded();
  socket.write(new Uint8Array(WINDOW));
  const waiting = socket.ready();
  messages.length = 0;
  const error = new Error("gone");
  socket.closed(error);
  assertStrictEquals(await assertRejects(() => waiting), error);
  assertStrictEquals(await assertRejects(() => socket.ready()), error);
  socket.write("x");
  socket.flush();
  socket.destroy();
  await null;
  assertEquals([messages, destroyed.times], [[], 0]);
});

Deno.test("RemoteSocket.countMessages() counts on the thread that handles", () => {
  const { socket, statistics } = recorded();
  socket.countMessages(2, 3);
  const { messagesIn, messagesOut } = statistics.snapshot();
  assertEquals([messagesIn, messagesOut], [2, 3]);
});
