import { assertEquals } from "@std/assert";
import { type Channel, WRITE } from "../../src/threads/channel.ts";
import { ChannelSocket } from "../../src/threads/channel_socket.ts";

/** A socket whose messages are kept, text as it is and bytes as their numbers. */
function recorded(): { socket: ChannelSocket; messages: unknown[] } {
  const messages: unknown[] = [];
  const channel = {
    send: (operation: number, id: number, operand: unknown) => messages.push([operation, id, operand]),
    sendBytes: (operation: number, id: number, bytes: Uint8Array) =>
      messages.push([operation, id, [...bytes]]),
  } as unknown as Channel;
  return { socket: new ChannelSocket(channel, 7, { path: "" }, { wasCut() {} }), messages };
}

Deno.test("ChannelSocket.flush() posts text that follows text in one message, and keeps the order", () => {
  const { socket, messages } = recorded();
  for (const data of ["head", "5\r\n", Uint8Array.of(1, 2), "\r\n", "tail"]) socket.write(data);
  assertEquals([socket.unsent, messages], [15, []]);
  socket.flush();
  assertEquals(messages, [[WRITE, 7, "head5\r\n"], [WRITE, 7, [1, 2]], [WRITE, 7, "\r\ntail"]]);
  assertEquals(socket.unsent, 15);
});

Deno.test("ChannelSocket.write() has copied bytes when it returns", () => {
  const { socket, messages } = recorded();
  const bytes = Uint8Array.of(1, 2);
  socket.write(bytes);
  bytes.fill(9);
  socket.flush();
  assertEquals(messages, [[WRITE, 7, [1, 2]]]);
});
