import { fileURLToPath } from "node:url";
import { assertEquals, assertThrows } from "@std/assert";
import { broadcast } from "../../src/websocket/broadcast.ts";
import { runtimes } from "../support/runtimes.ts";
import { openSocket, turn } from "./open_socket.ts";

Deno.test("a broadcast reaches the subscribed sockets of its name, until they unsubscribe or are closed", async () => {
  using chat = broadcast("a chat");
  using other = broadcast("another chat");
  assertEquals(broadcast("a chat"), chat);
  const [a, b, c] = [await openSocket(), await openSocket(), await openSocket()];
  for (const { socket } of [a, b]) chat.subscribe(socket);
  chat.subscribe(a.socket);
  other.subscribe(c.socket);
  chat.publish("hello");
  chat.publish(new Uint8Array([1, 2]));
  for (const wrong of [new Blob(["x"]), 7, null]) {
    assertThrows(() => chat.publish(wrong as unknown as string), TypeError, "neither text");
  }
  await turn();
  for (const { wire } of [a, b]) assertEquals(wire.take(), ['text "hello"', "binary [1 2]"]);
  chat.unsubscribe(a.socket);
  b.lose();
  assertEquals([chat.size, other.size], [0, 1]);
  chat.publish("to nobody");
  await turn();
  assertEquals([a.wire.take(), c.wire.take()], [[], []]);
  chat.subscribe(b.socket);
  assertEquals(chat.size, 0, "a closed socket");
});

Deno.test("a broadcast is in order with what the socket is sent otherwise, also after a Blob", async () => {
  using chat = broadcast("ordered");
  const { socket, wire } = await openSocket();
  chat.subscribe(socket);
  socket.send("1");
  chat.publish("2");
  socket.send(new Blob(["3"]));
  chat.publish("4".repeat(70_000));
  socket.send("5");
  await turn();
  await turn();
  assertEquals(wire.take().map((frame) => frame.slice(0, 8)), [
    'text "1"',
    'text "2"',
    "binary [",
    'text "44',
    'text "5"',
  ]);
});

Deno.test("a socket that does not keep up with a broadcast is cut, or skipped", async () => {
  for (const whenFull of ["cut", "skip"] as const) {
    using chat = broadcast(`slow ${whenFull}`, { whenFull });
    const { socket, wire, handler } = await openSocket({ options: { maxQueued: 1000 } });
    chat.subscribe(socket);
    wire.keepsUp = false;
    for (let i = 0; i < 50; i++) {
      chat.publish("x".repeat(100));
      await turn();
    }
    assertEquals(wire.destroyed, whenFull === "cut");
    assertEquals(wire.take().length, 10);
    if (whenFull === "cut") continue;
    wire.drain();
    handler.onDrain();
    chat.publish("again");
    await turn();
    assertEquals(wire.take(), ['text "again"']);
  }
});

Deno.test("a channel that has been closed says so, and a new one of its name can be had", async () => {
  const chat = broadcast("closed");
  const { socket, wire } = await openSocket();
  chat.subscribe(socket);
  chat.close();
  assertThrows(() => chat.publish("x"), TypeError, 'Cannot publish: the channel "closed" has been closed');
  assertThrows(() => chat.subscribe(socket), TypeError, "Cannot subscribe");
  using again = broadcast("closed");
  again.subscribe(socket);
  again.publish("y");
  await turn();
  assertEquals(wire.take(), ['text "y"']);
});

for (const { name, command } of runtimes()) {
  Deno.test(`a broadcast reaches the sockets of all threads once, and keeps no thread alive (${name})`, async () => {
    const [program, ...args] = command;
    const { success, stdout, stderr } = await new Deno.Command(program!, {
      args: [...args, fileURLToPath(new URL("./broadcast_thread.ts", import.meta.url))],
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const [errors, text] = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([success, errors], [true, ""]);
    const all = ['text "from 0"', 'text "from 1"', 'text "from main"'];
    const more = [...all, 'text "from outside"'].sort();
    assertEquals(JSON.parse(text!), { main: all, a: more, b: more });
  });
}
