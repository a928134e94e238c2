import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ServerWebSocket } from "../../src/websocket/server_websocket.ts";
import { WebSocketError } from "../../src/websocket/websocket_error.ts";
import { bytesOf, clientFrame, closeFrame, concat } from "./frames.ts";
import { connectSocket, listen, openSocket, turn, until } from "./open_socket.ts";

const HELLO = clientFrame({ payload: "hello" });

Deno.test("ServerWebSocket has the members of the standard WebSocket", async () => {
  const { socket } = await openSocket();
  const standard = Object.getOwnPropertyNames(WebSocket.prototype).filter((name) => name !== "constructor");
  assertEquals(standard.filter((name) => !(name in socket)), []);
  for (const name of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const) {
    assertEquals([socket[name], ServerWebSocket[name]], [WebSocket[name], WebSocket[name]]);
  }
  assert(socket instanceof EventTarget);
  assertEquals(String(socket), "[object WebSocket]");
  assertEquals([socket.url, socket.protocol, socket.extensions], ["ws://example.test/chat", "", ""]);
  assertEquals(socket.remoteAddress, { hostname: "192.0.2.1", port: 1234 });
});

Deno.test("ServerWebSocket is connecting, open, closing, closed", async () => {
  const states: number[] = [];
  const { socket, receive, lose } = connectSocket({
    silent: true,
    prepare: (socket) => {
      states.push(socket.readyState);
      assertThrows(() => socket.send("too early"), DOMException, "connecting");
    },
  });
  socket.onopen = () => states.push(socket.readyState);
  socket.onclose = () => states.push(socket.readyState);
  await turn();
  await turn();
  receive(closeFrame(1000));
  states.push(socket.readyState);
  lose();
  assertEquals(states, [0, 1, 2, 3]);
});

Deno.test("close() before the connection is there closes it then", async () => {
  const { wire, log } = connectSocket({ prepare: (socket) => socket.close(1000, "changed my mind") });
  await turn();
  await turn();
  await turn();
  assertEquals(wire.take(), ['close 1000 "changed my mind"']);
  assertEquals(log, ["open"]);
});

Deno.test("close() throws as the standard has it, but takes the codes that a server needs", async () => {
  const { socket, wire } = await openSocket();
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, NaN, 1000.5]) {
    const error = assertThrows(() => socket.close(code), DOMException);
    assertEquals(error.name, "InvalidAccessError", `${code}`);
  }
  assertEquals(assertThrows(() => socket.close(1000, "ä".repeat(62)), DOMException).name, "SyntaxError");
  assertEquals(socket.readyState, 1);
  socket.close(1013, "ä".repeat(61));
  await turn();
  assertEquals(wire.take(), [`close 1013 ${JSON.stringify("ä".repeat(61))}`]);
});

Deno.test("send() takes strings, buffers, views and Blobs, in order", async () => {
  const { socket, wire } = await openSocket();
  socket.send("a");
  socket.send(new Blob([bytesOf(1, 2)]));
  socket.send(bytesOf(3).buffer);
  socket.send(new DataView(bytesOf(9, 4, 9).buffer, 1, 1));
  const shared = new SharedArrayBuffer(1);
  new Uint8Array(shared)[0] = 5;
  socket.send(shared);
  socket.send(new Uint16Array([0x0706]));
  socket.send(8 as unknown as string);
  socket.close(1000);
  assertEquals(socket.bufferedAmount > 0, true);
  let frames: string[] = [];
  await until(() => (frames = [...frames, ...wire.take()]).length === 8, "eight frames");
  assertEquals(frames, [
    'text "a"',
    "binary [1 2]",
    "binary [3]",
    "binary [4]",
    "binary [5]",
    "binary [6 7]",
    'text "8"',
    "close 1000",
  ]);
  assertEquals(socket.bufferedAmount, 0);
});

Deno.test("a Blob that cannot be read ends the connection with 1011", async () => {
  const { socket, wire, log } = await openSocket();
  const blob = new Blob(["x"]);
  blob.arrayBuffer = () => Promise.reject(new Error("gone"));
  socket.send(blob);
  socket.send("never");
  await turn();
  assertEquals(wire.take(), ['close 1011 "A message cannot be read"']);
  assertEquals(log, ["open", "error 1011"]);
});

Deno.test("binaryType is the form of binary messages, a Blob by default", async () => {
  const { socket, receive } = await openSocket({ silent: true });
  const seen: unknown[] = [];
  socket.onmessage = ({ data }) => seen.push(data);
  assertEquals(socket.binaryType, "blob");
  receive(clientFrame({ opcode: 2, payload: bytesOf(1, 2) }));
  socket.binaryType = "arraybuffer";
  socket.binaryType = "nonsense" as BinaryType;
  receive(clientFrame({ opcode: 2, payload: bytesOf(3) }));
  receive(clientFrame({ opcode: 2 }), 1);
  const [blob, buffer, empty] = seen;
  assertEquals(new Uint8Array(await (blob as Blob).arrayBuffer()), bytesOf(1, 2));
  assertEquals(buffer, bytesOf(3).buffer);
  assertEquals(empty, new ArrayBuffer(0));
});

Deno.test("listeners are called as those of an EventTarget: in order, once, until removed or aborted", async () => {
  const { socket, receive } = await openSocket({ silent: true });
  const calls: string[] = [];
  const twice = () => void calls.push("twice");
  const controller = new AbortController();
  const object = {
    handleEvent(event: MessageEvent) {
      calls.push(`object ${this === object} ${event.currentTarget === socket}`);
    },
  };
  socket.addEventListener("message", twice);
  socket.addEventListener("message", twice);
  socket.onmessage = function () {
    calls.push(`replaced ${this === socket}`);
  };
  socket.addEventListener("message", () => void calls.push("once"), { once: true });
  socket.addEventListener("message", object);
  socket.addEventListener("message", () => void calls.push("aborted"), { signal: controller.signal });
  socket.addEventListener("message", null);
  socket.onmessage = () => void calls.push("attribute");
  receive(HELLO);
  assertEquals(calls.splice(0), ["twice", "attribute", "once", "object true true", "aborted"]);
  controller.abort();
  socket.removeEventListener("message", twice);
  socket.addEventListener("message", (event) => event.stopImmediatePropagation());
  socket.addEventListener("message", () => void calls.push("never"));
  receive(HELLO);
  assertEquals(calls.splice(0), ["attribute", "object true true"]);
  socket.onmessage = null;
  assertEquals(socket.onmessage, null);
});

Deno.test("events are what the standard says", async () => {
  const { socket, receive, lose } = await openSocket({ silent: true });
  const events: Event[] = [];
  for (const type of ["message", "error", "close"] as const) {
    socket.addEventListener(type, (event: Event) => {
      events.push(event);
      assertEquals([event.target === socket, event.eventPhase, event.composedPath()[0] === socket], [
        true,
        2,
        true,
      ]);
    });
  }
  receive(concat([HELLO, clientFrame({ opcode: 3 })]));
  lose();
  const [message, error, close] = events as [MessageEvent, ErrorEvent, CloseEvent];
  assert(message instanceof MessageEvent && message instanceof Event);
  assert(error instanceof Event && !(error instanceof MessageEvent));
  assert(close instanceof CloseEvent);
  assertEquals([message.type, message.data, message.origin, message.lastEventId], [
    "message",
    "hello",
    "",
    "",
  ]);
  assertEquals([message.ports.length, message.source, message.bubbles, message.cancelable], [
    0,
    null,
    false,
    false,
  ]);
  assertEquals([message.currentTarget, message.eventPhase, message.isTrusted], [null, 0, true]);
  assert(message.timeStamp > 0);
  message.preventDefault();
  message.stopPropagation();
  assertEquals(message.defaultPrevented, false);
  assert(error.error instanceof WebSocketError);
  assertEquals([error.error.code, error.message], [1002, "The WebSocket was closed: The opcode is reserved"]);
  assertEquals([close.code, close.reason, close.wasClean], [1006, "", false]);
  for (const event of events) {
    for (const name in Event.prototype) void (event as unknown as Record<string, unknown>)[name];
  }
});

Deno.test("dispatchEvent() calls listeners of the program's own events", async () => {
  const { socket } = await openSocket();
  let seen = 0;
  socket.addEventListener("custom", () => void seen++);
  assertEquals([socket.dispatchEvent(new Event("custom")), seen], [true, 1]);
});

Deno.test("what a listener throws or rejects with goes to onError, and the client gets 1011", async () => {
  for (const asynchronous of [false, true]) {
    const errors: unknown[] = [];
    const { socket, wire, receive } = await openSocket({
      silent: true,
      options: { onError: (error) => errors.push(error) },
    });
    const mistake = new Error("a mistake");
    socket.onmessage = asynchronous ? () => Promise.reject(mistake) : () => {
      throw mistake;
    };
    receive(HELLO);
    await turn();
    assertEquals(errors, [mistake]);
    assertEquals(wire.take(), ["close 1011"]);
  }
});

Deno.test("for await gives text as strings and bytes as Uint8Array of their own, and ends with the connection", async () => {
  const { socket, receive, lose } = await openSocket({ silent: true });
  const messages: unknown[] = [];
  const loop = (async () => {
    for await (const message of socket) messages.push(message);
  })();
  receive(concat([HELLO, clientFrame({ opcode: 2, payload: bytesOf(1) }), closeFrame(1000)]));
  lose();
  await loop;
  assertEquals(messages, ["hello", bytesOf(1)]);
  assertEquals((messages[1] as Uint8Array).buffer.byteLength, 1);
  assertEquals(await socket[Symbol.asyncIterator]().next(), { value: undefined, done: true });
});

Deno.test("for await holds the client back while the program is busy, and takes its messages in order", async () => {
  const { socket, receive, wire } = await openSocket({ silent: true });
  const iterator = socket[Symbol.asyncIterator]();
  for (let i = 0; i < 200; i += 100) {
    receive(concat(Array.from({ length: 100 }, (_, j) => clientFrame({ payload: `${i + j}` }))));
  }
  assertEquals(wire.paused, true);
  const taken: unknown[] = [];
  for (let i = 0; i < 64; i++) taken.push((await iterator.next()).value);
  for (let i = 0; i < 136; i++) taken.push((await iterator.next()).value);
  assertEquals(taken, Array.from({ length: 200 }, (_, i) => `${i}`));
  assertEquals(wire.paused, false);
});

Deno.test("for await holds the client back by size too", async () => {
  const { socket, receive, wire } = await openSocket({ silent: true });
  const iterator = socket[Symbol.asyncIterator]();
  receive(clientFrame({ opcode: 2, payload: new Uint8Array(70_000) }));
  assertEquals(wire.paused, true);
  await iterator.next();
  assertEquals(wire.paused, false);
});

Deno.test("a loop that is left keeps the messages that follow for the next", async () => {
  const { socket, receive } = await openSocket({ silent: true });
  const frames = ["1", "2", "3"].map((payload) => clientFrame({ payload }));
  const first = (async () => {
    for await (const message of socket) return message;
    return undefined;
  })();
  receive(concat(frames));
  assertEquals(await first, "1");
  const rest: unknown[] = [];
  for await (const message of socket) if (rest.push(message) === 2) break;
  assertEquals(rest, ["2", "3"]);
});

Deno.test("messages that come before the program listens wait for its listener, or its loop", async () => {
  const { socket, receive } = await openSocket({ silent: true });
  receive(concat([HELLO, clientFrame({ opcode: 2, payload: bytesOf(7) })]));
  const log: string[] = [];
  listen(socket, log);
  await turn();
  receive(HELLO);
  assertEquals(log, ['text "hello"', "binary [7]", 'text "hello"']);
});

Deno.test("messages that nobody listens for are dropped after 10 seconds, so that the close frame is seen", async () => {
  const { socket, receive, handler, wire } = await openSocket({ silent: true });
  receive(concat(Array.from({ length: 100 }, () => HELLO)));
  assertEquals(wire.paused, true);
  for (let second = 100; second <= 110; second++) handler.checkDeadlines?.(second * 1000);
  assertEquals(wire.paused, false);
  receive(closeFrame(1000));
  assertEquals(wire.take(), ["close 1000"]);
  assertEquals(socket.readyState, 2);
});

Deno.test("ready() waits for the client to take what it was sent, and rejects when the connection is lost", async () => {
  const { socket, wire, handler, lose } = await openSocket();
  await socket.ready();
  wire.keepsUp = false;
  socket.send("x");
  await turn();
  let waited = false;
  const ready = socket.ready().then(() => void (waited = true));
  await turn();
  assertEquals([waited, socket.bufferedAmount], [false, 3]);
  wire.drain();
  handler.onDrain();
  await ready;
  wire.keepsUp = false;
  socket.send("x");
  await turn();
  const lost = socket.ready();
  socket.ready();
  lose();
  await assertRejects(() => lost, WebSocketError, "closed");
  await assertRejects(() => socket.ready(), WebSocketError, "closed");
});

Deno.test("ready() lets others have a turn though the client always keeps up", async () => {
  const { socket } = await openSocket();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  for (let i = 0; turns < 3; i++) {
    if (i > 1_000_000) throw new Error("No timer has run");
    socket.send("x".repeat(1000));
    await socket.ready();
  }
  clearInterval(timer);
});

Deno.test("ping() sends at most 125 bytes", async () => {
  const { socket, wire } = await openSocket();
  socket.ping();
  socket.ping("hi");
  socket.ping(new Uint8Array(125));
  assertThrows(() => socket.ping("ä".repeat(63)), RangeError, "125");
  await turn();
  assertEquals(wire.take().map((frame) => frame.slice(0, 14)), [
    "ping []",
    "ping [104 105]",
    "ping [0 0 0 0 ",
  ]);
});

Deno.test("terminate() cuts the connection, and nothing is written any more", async () => {
  const { socket, wire, receive, lose, log } = await openSocket();
  socket.addEventListener("message", () => {
    socket.send("dropped");
    socket.terminate();
    socket.send("never");
  });
  receive(concat([HELLO, HELLO]));
  socket.close(1000);
  socket.ping();
  await turn();
  assertEquals([wire.destroyed, wire.take(), socket.readyState, socket.bufferedAmount], [true, [], 2, 0]);
  lose();
  assertEquals(log, ["open", 'text "hello"', 'close 1006 ""']);
});
