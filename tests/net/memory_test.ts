import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { ChangedBytesError } from "../../src/net/errors.ts";
import { type MemoryClient, memoryListener } from "../../src/net/memory.ts";
import type { Socket, SocketHandler } from "../../src/net/socket.ts";

/** One connection in memory: the client's end, the server's, and what the server was told. */
async function pair(options?: { window?: number }, handler: Partial<SocketHandler> = {}): Promise<{
  client: MemoryClient;
  socket: Socket;
  events: string[];
}> {
  const { listener, connect } = memoryListener();
  const events: string[] = [];
  let socket!: Socket;
  listener.start((accepted) => {
    socket = accepted;
    return {
      onData(chunk) {
        events.push(`data ${new TextDecoder().decode(chunk)}`);
        handler.onData?.(chunk);
      },
      onEnd() {
        events.push("end");
        handler.onEnd?.();
      },
      onDrain() {
        events.push("drain");
        handler.onDrain?.();
      },
      onClose(error) {
        events.push(error === undefined ? "close" : `close ${(error as { code?: unknown }).code}`);
        handler.onClose?.(error);
      },
    };
  }, () => {});
  const client = connect(options);
  await turn();
  return { client, socket, events };
}

/** Lets all microtasks run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("memoryListener() carries bytes both ways", async () => {
  const { client, socket, events } = await pair();
  client.send("hello");
  assertEquals(events, []);
  await turn();
  assertEquals(events, ["data hello"]);
  socket.write("head ");
  socket.write(new TextEncoder().encode("body"));
  assertEquals(client.text, "");
  assertEquals(socket.flush(), true);
  assertEquals(client.text, "head body");
  assertEquals(socket.unsent, 0);
  assertEquals(client.take().length, 9);
  assertEquals(client.text, "");
});

Deno.test("memoryListener() never calls the owner from inside a call of its own", async () => {
  let inside = false;
  const check = () => assert(!inside);
  const handler = { onData: check, onEnd: check, onDrain: check, onClose: check };
  const { client, socket, events } = await pair({ window: 1 }, handler);
  client.pause();
  inside = true;
  socket.write("ab");
  socket.flush();
  client.resume();
  socket.pause();
  client.send("x");
  client.end();
  socket.resume();
  socket.end();
  inside = false;
  await turn();
  assertEquals(events, ["data x", "end", "drain", "close"]);
});

Deno.test("MemoryClient.pause() lets the server fill the window and no more", async () => {
  const { client, socket, events } = await pair({ window: 10 });
  client.pause();
  socket.write("0123456789");
  assertEquals(socket.flush(), true);
  socket.write("abcdef");
  assertEquals(socket.unsent, 6);
  assertEquals(socket.flush(), false);
  assertEquals(socket.unsent, 6);
  assertEquals(client.text, "");
  client.read(4);
  await turn();
  assertEquals(client.text, "0123");
  assertEquals(socket.unsent, 2);
  assertEquals(events, []);
  client.resume();
  await turn();
  assertEquals(client.text, "0123456789abcdef");
  assertEquals(events, ["drain"]);
  assertEquals(socket.unsent, 0);
});

Deno.test("MemoryClient.send() copies what it is given", async () => {
  const { client, events } = await pair();
  const bytes = Buffer.from("mine");
  client.send(bytes);
  bytes.fill("x");
  await turn();
  assertEquals(events, ["data mine"]);
});

Deno.test("Socket in memory breaks off where bytes are given away before they were sent", async () => {
  for (const window of [100_000, 2]) {
    const errors: unknown[] = [];
    const { client, socket, events } = await pair({ window }, { onClose: (error) => errors.push(error) });
    client.pause();
    const size = 70_000;
    const bytes = new Uint8Array(size);
    socket.write(bytes);
    if (window < size) socket.flush();
    bytes.buffer.transfer();
    socket.flush();
    client.read(1);
    assertEquals([events, client.wasReset], [[], true]);
    await turn();
    assertEquals(events.length, 1);
    assertInstanceOf(errors[0], ChangedBytesError);
    assert(client.take().length < size);
  }
});

Deno.test("MemoryClient.end() and Socket.end() close one half each", async () => {
  const { client, socket, events } = await pair();
  socket.write("bye");
  socket.end();
  assertEquals([client.text, client.ended, client.closed], ["bye", true, false]);
  socket.write("too late");
  socket.flush();
  client.send("more");
  client.end();
  await turn();
  assertEquals(events, ["data more", "end", "close"]);
  assertEquals(client.text, "bye");
  assertEquals(client.closed, true);
});

Deno.test("Socket.end() in memory waits for the client to read", async () => {
  const { client, socket } = await pair({ window: 1 });
  client.pause();
  socket.write("abc");
  socket.end();
  assertEquals(client.ended, false);
  client.resume();
  await turn();
  assertEquals([client.text, client.ended], ["abc", true]);
});

Deno.test("MemoryClient.reset() gives onClose an error, even while paused", async () => {
  const { client, socket, events } = await pair();
  socket.pause();
  client.send("unread");
  client.reset();
  await turn();
  assertEquals(events, ["close ECONNRESET"]);
  socket.write("x");
  assertEquals(socket.flush(), true);
});

Deno.test("Socket.destroy() and reset() in memory close once", async () => {
  for (const how of ["destroy", "reset"] as const) {
    const { client, socket, events } = await pair();
    socket.write("dropped");
    socket[how]();
    socket[how]();
    assertEquals(events, []);
    client.send("x");
    client.end();
    await turn();
    assertEquals(events, ["close"]);
    assertEquals([client.text, client.ended, client.closed, client.wasReset], [
      "",
      false,
      true,
      how === "reset",
    ]);
  }
});

Deno.test("Socket.pause() in memory holds everything back until resume()", async () => {
  const { client, socket, events } = await pair();
  socket.pause();
  client.send("1");
  client.send("2");
  client.end();
  await turn();
  assertEquals(events, []);
  socket.resume();
  assertEquals(events, []);
  await turn();
  assertEquals(events, ["data 1", "data 2", "end"]);
});

Deno.test("Socket.pause() from inside onData stops what follows", async () => {
  const pausing: { socket?: Socket } = {};
  const { client, socket, events } = await pair({}, { onData: () => pausing.socket?.pause() });
  pausing.socket = socket;
  client.send("1");
  client.send("2");
  await turn();
  assertEquals(events, ["data 1"]);
  socket.resume();
  await turn();
  assertEquals(events, ["data 1", "data 2"]);
});

Deno.test("MemoryClient.until() waits for text or a condition, and rejects at the end", async () => {
  const { client, socket } = await pair();
  const found = client.until("needle");
  const ended = client.until(() => client.ended);
  const never = client.until("haystack");
  socket.write("a needle");
  socket.flush();
  await found;
  socket.end();
  await ended;
  socket.destroy();
  await assertRejects(() => never, Error, "Connection over");
});

Deno.test("memoryListener() keeps connections waiting until start() and while paused", async () => {
  const { listener, connect } = memoryListener();
  const accepted: Socket[] = [];
  const handler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };
  connect();
  await turn();
  listener.start((socket) => {
    accepted.push(socket);
    return handler;
  }, () => {});
  assertEquals(accepted.length, 0);
  await turn();
  assertEquals(accepted.length, 1);
  listener.pause();
  const waiting = connect();
  await turn();
  assertEquals(accepted.length, 1);
  listener.resume();
  await turn();
  assertEquals(accepted.length, 2);
  assertEquals(waiting.closed, false);
  const last = connect();
  await listener.close();
  assertEquals(accepted.length, 3);
  assertEquals(last.closed, false);
  assertThrows(() => connect(), Error, "Cannot connect: the listener is closed");
});

Deno.test("Listener.close() in memory closes the connections that wait while paused", async () => {
  const { listener, connect } = memoryListener();
  listener.start(() => ({ onData() {}, onEnd() {}, onDrain() {}, onClose() {} }), () => {});
  listener.pause();
  const cut = connect();
  await listener.close();
  assertEquals(cut.closed, true);
});

Deno.test("memoryListener() carries 20 000 connections in moments", async () => {
  const { listener, connect } = memoryListener();
  let closed = 0;
  listener.start((socket) => ({
    onData(chunk) {
      socket.write(chunk);
      socket.end();
    },
    onEnd() {},
    onDrain() {},
    onClose: () => void closed++,
  }), () => {});
  for (let i = 0; i < 200; i++) {
    const clients = Array.from({ length: 100 }, () => connect());
    for (const client of clients) {
      client.send("x");
      client.end();
    }
    await Promise.resolve();
    await Promise.resolve();
    assertEquals(clients[99]!.text, "x");
  }
  await turn();
  assertEquals(closed, 20_000);
});
