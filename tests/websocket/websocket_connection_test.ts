import { assertEquals } from "@std/assert";
import { bytesOf, clientFrame, closeFrame, concat } from "./frames.ts";
import { connectSocket, openSocket, turn } from "./open_socket.ts";

const HELLO = clientFrame({ payload: "hello" });

Deno.test("all frames that a read gives rise to are sent by one write", async () => {
  const { socket, wire, receive } = await openSocket({ silent: true });
  socket.onmessage = ({ data }) => socket.send(`${data}!`);
  receive(concat(Array.from({ length: 40 }, (_, i) => clientFrame({ payload: `${i}` }))));
  assertEquals(wire.writes.length, 1);
  assertEquals(wire.take(), Array.from({ length: 40 }, (_, i) => `text "${i}!"`));
  assertEquals([wire.received, wire.sent], [40, 40]);
});

Deno.test("frames of several sockets in one read are sent by one write each, in order", async () => {
  const a = await openSocket({ silent: true });
  const b = await openSocket({ silent: true });
  a.socket.onmessage = ({ data }) => {
    a.socket.send(`a ${data}`);
    b.socket.send(`b ${data}`);
  };
  a.receive(
    concat([clientFrame({ payload: "1" }), clientFrame({ payload: "2" }), clientFrame({ opcode: 9 })]),
  );
  assertEquals([a.wire.writes.length, b.wire.writes.length], [1, 1]);
  assertEquals(a.wire.take(), ['text "a 1"', 'text "a 2"', "pong []"]);
  assertEquals(b.wire.take(), ['text "b 1"', 'text "b 2"']);
});

Deno.test("a loop's answers to the messages of one read are sent by one write", async () => {
  const { socket, wire, receive, lose } = await openSocket({ silent: true });
  const loop = (async () => {
    for await (const message of socket) {
      socket.send(message);
      await socket.ready();
    }
  })();
  receive(concat(Array.from({ length: 32 }, () => HELLO)));
  await turn();
  assertEquals(wire.writes.length, 1);
  assertEquals(wire.take().length, 32);
  receive(closeFrame(1000));
  lose();
  await loop;
  assertEquals(wire.take(), ["close 1000"]);
});

Deno.test("messages that are sent in one turn, outside of a read, go out together", async () => {
  const { socket, wire } = await openSocket();
  socket.send("one");
  socket.send(bytesOf(1, 2));
  socket.send("zwei ü");
  assertEquals(wire.writes.length, 0);
  await turn();
  assertEquals(wire.writes.length, 1);
  assertEquals(wire.take(), ['text "one"', "binary [1 2]", 'text "zwei ü"']);
});

Deno.test("a ping is answered with its payload, before what follows", async () => {
  const { wire, receive, log } = await openSocket();
  receive(concat([clientFrame({ opcode: 9, payload: "p1" }), clientFrame({ opcode: 10 }), HELLO]));
  assertEquals(wire.take(), ["pong [112 49]"]);
  assertEquals(log, ["open", 'text "hello"']);
});

Deno.test("the client's close frame is answered with its code, then the server closes first", async () => {
  const { wire, receive, log, lose, socket, handler } = await openSocket();
  receive(concat([closeFrame(3001, "bye"), HELLO]));
  assertEquals(wire.take(), ["close 3001"]);
  assertEquals([wire.ended, socket.readyState], [true, 2]);
  receive(HELLO);
  handler.onEnd();
  lose();
  assertEquals(log, ["open", 'close 3001 "bye" clean']);
  assertEquals(socket.readyState, 3);
});

Deno.test("a close frame without a code is answered by one, and reported as 1005", async () => {
  const { wire, receive, log, lose } = await openSocket();
  receive(closeFrame());
  assertEquals(wire.take(), ["close"]);
  lose();
  assertEquals(log, ["open", 'close 1005 "" clean']);
});

Deno.test("close() sends a close frame after the messages, and waits for the client's", async () => {
  const { socket, wire, receive, log, lose } = await openSocket();
  socket.send("last");
  socket.close(4000, "done");
  socket.send("never");
  socket.close(1000);
  await turn();
  assertEquals(wire.take(), ['text "last"', 'close 4000 "done"']);
  assertEquals([wire.ended, socket.readyState], [false, 2]);
  receive(concat([HELLO, clientFrame({ opcode: 9 }), closeFrame(4000, "done")]));
  assertEquals(wire.take(), []);
  assertEquals(wire.ended, true);
  lose();
  assertEquals(log, ["open", 'close 4000 "done" clean'], "a message that comes while closing is dropped");
});

Deno.test("a breach gets a close frame with its code and words, and nothing after it is read", async () => {
  const breaches: readonly (readonly [Uint8Array, number, string])[] = [
    [clientFrame({ opcode: 3 }), 1002, "The opcode is reserved"],
    [clientFrame({ mask: null, payload: "x" }), 1002, "A frame is not masked"],
    [clientFrame({ payload: bytesOf(0xff) }), 1007, "A text message is not UTF-8"],
    [clientFrame({ length: 2 ** 24 + 1 }), 1009, "A message is too big"],
    [closeFrame(1005), 1002, "The status code of a close frame must not be sent"],
    [clientFrame({ opcode: 8, payload: "x" }), 1002, "A close frame has a payload of one byte"],
    [closeFrame(1000, bytesOf(0xc0)), 1007, "The reason of a close frame is not UTF-8"],
  ];
  for (const [bytes, code, words] of breaches) {
    const { wire, receive, log, lose } = await openSocket();
    receive(concat([HELLO, bytes, HELLO]));
    receive(HELLO);
    assertEquals(wire.take(), [`close ${code} ${JSON.stringify(words)}`]);
    assertEquals(wire.ended, true);
    lose();
    assertEquals(log, ["open", 'text "hello"', `error ${code}`, 'close 1006 ""']);
  }
});

Deno.test("a client that closes its half without a close frame is 1006, and the server closes its half", async () => {
  const { wire, handler, receive, log, lose } = await openSocket();
  receive(HELLO.subarray(0, 4));
  handler.onEnd();
  assertEquals([wire.take(), wire.ended], [[], true]);
  lose();
  assertEquals(log.slice(1), ["error 1006", 'close 1006 ""'].slice(1));
});

Deno.test("a connection that is lost is 1006, and nothing is written any more", async () => {
  const { socket, wire, log, lose } = await openSocket();
  socket.send("never");
  lose(new Error("reset"));
  socket.send("never");
  socket.ping();
  socket.close();
  socket.terminate();
  await turn();
  assertEquals(wire.take(), []);
  assertEquals(log, ["open", 'close 1006 ""']);
  assertEquals([socket.bufferedAmount, socket.readyState], [0, 3]);
});

Deno.test("pings of a client that reads nothing are answered once, the last of them, when it does", async () => {
  const { socket, wire, receive, handler } = await openSocket();
  wire.keepsUp = false;
  socket.send("held back");
  await turn();
  for (let i = 0; i < 1000; i++) receive(clientFrame({ opcode: 9, payload: `${i}` }));
  assertEquals(wire.take(), ['text "held back"']);
  wire.drain();
  handler.onDrain();
  await turn();
  assertEquals(wire.take(), ["pong [57 57 57]"]);
});

Deno.test("a client that does not take its answers is held back above 1 MiB of them, and read again once it does", async () => {
  const { socket, wire, receive, handler } = await openSocket({ silent: true });
  const large = "x".repeat(300_000);
  let seen = 0;
  socket.onmessage = () => {
    seen++;
    socket.send(large);
  };
  wire.keepsUp = false;
  const frames = concat(Array.from({ length: 10 }, () => HELLO));
  receive(frames);
  assertEquals([seen, wire.paused], [4, true]);
  receive(frames);
  assertEquals(seen, 4, "one chunk may still come");
  wire.drain();
  handler.onDrain();
  assertEquals([seen, wire.paused], [20, false]);
  assertEquals(wire.take().length, 20);
});

Deno.test("a message that is sent when more than maxQueued bytes wait cuts the connection", async () => {
  const { socket, wire, log, lose } = await openSocket({ options: { maxQueued: 1000 } });
  wire.keepsUp = false;
  const errors: string[] = [];
  socket.addEventListener("error", (event) => errors.push(event.message));
  for (let i = 0; i < 50; i++) {
    socket.send("x".repeat(100));
    await turn();
  }
  assertEquals(wire.destroyed, true);
  assertEquals(wire.take().length, 10);
  assertEquals(errors, ["The WebSocket was cut: More than maxQueued bytes wait for the client"]);
  lose();
  assertEquals(log, ["open", "error null", 'close 1006 ""']);
});

Deno.test("a socket that is cut for maxQueued within a read writes nothing more", async () => {
  const { socket, wire, receive } = await openSocket({ silent: true, options: { maxQueued: 1000 } });
  wire.keepsUp = false;
  socket.send("x".repeat(2000));
  await turn();
  const other = await openSocket();
  other.socket.onmessage = () => {
    socket.ping("gathered");
    socket.send("one too many");
  };
  other.receive(HELLO);
  await turn();
  assertEquals([wire.destroyed, wire.take().length], [true, 1]);
  receive(HELLO);
});

Deno.test("a silent client is pinged after pingInterval, and cut after twice as long", async () => {
  const { wire, handler, log, receive, lose } = await openSocket({ options: { pingInterval: 5000 } });
  const seconds = (from: number, to: number) => {
    for (let second = from; second <= to; second++) handler.checkDeadlines?.(second * 1000);
  };
  seconds(100, 104);
  assertEquals(wire.take(), []);
  seconds(105, 106);
  await turn();
  assertEquals(wire.take(), ["ping []"]);
  receive(clientFrame({ opcode: 10 }));
  seconds(107, 111);
  await turn();
  assertEquals(wire.take(), [], "a pong ends the silence");
  receive(HELLO.subarray(0, 3));
  seconds(112, 116);
  await turn();
  assertEquals(wire.take(), [], "so does any byte");
  seconds(117, 121);
  assertEquals(wire.destroyed, false);
  seconds(122, 122);
  assertEquals(wire.destroyed, true);
  lose();
  assertEquals(log.slice(-2), ["error null", 'close 1006 ""']);
});

Deno.test("a client that takes what it is sent, however slowly, is not dead", async () => {
  const { wire, handler, socket } = await openSocket({ options: { pingInterval: 5000 } });
  wire.keepsUp = false;
  socket.send("x".repeat(1000));
  await turn();
  let unsent = 1002;
  Object.defineProperty(wire, "unsent", { get: () => unsent });
  for (let second = 100; second < 140; second++) {
    if (second % 8 === 0) unsent--;
    handler.checkDeadlines?.(second * 1000);
  }
  assertEquals(wire.destroyed, false);
  for (let second = 140; second < 150; second++) handler.checkDeadlines?.(second * 1000);
  assertEquals(wire.destroyed, true);
});

Deno.test("a program that holds the client back does not make it dead", async () => {
  const { wire, handler, socket, receive } = await openSocket({
    silent: true,
    options: { pingInterval: 5000 },
  });
  socket[Symbol.asyncIterator]();
  receive(concat(Array.from({ length: 100 }, () => HELLO)));
  assertEquals(wire.paused, true);
  for (let second = 100; second < 150; second++) handler.checkDeadlines?.(second * 1000);
  assertEquals(wire.destroyed, false);
});

Deno.test("a client that does not answer a close frame is cut after 10 seconds, as is one that does not close its half", async () => {
  for (const answer of [false, true]) {
    const { socket, wire, handler, receive } = await openSocket();
    if (answer) receive(closeFrame(1000));
    else socket.close(1000);
    await turn();
    for (let second = 100; second < 110; second++) {
      handler.checkDeadlines?.(second * 1000);
      receive(HELLO);
    }
    assertEquals(wire.destroyed, false);
    handler.checkDeadlines?.(110_000);
    assertEquals(wire.destroyed, true);
  }
});

Deno.test("a server that closes sends 1001", async () => {
  const { wire, handler, receive, log, lose } = await openSocket();
  handler.onDraining?.();
  handler.onDraining?.();
  await turn();
  assertEquals(wire.take(), ["close 1001"]);
  receive(closeFrame(1001));
  lose();
  assertEquals(log, ["open", 'close 1001 "" clean']);
});

Deno.test("bytes that come with the handshake, and its end, wait until the program has the socket", async () => {
  const early = concat([HELLO, closeFrame(1000)]);
  const { log, wire, lose } = connectSocket({ early, ended: true });
  assertEquals([log, wire.take()], [[], []]);
  await turn();
  await turn();
  assertEquals(log, ["open", 'text "hello"']);
  assertEquals(wire.take(), ["close 1000"]);
  lose();
  assertEquals(log.at(-1), 'close 1000 "" clean');
});

Deno.test("large messages are sent as they were when send() was called", async () => {
  const { socket, wire, handler } = await openSocket();
  wire.keepsUp = false;
  const bytes = new Uint8Array(200_000).fill(1);
  socket.send(bytes);
  bytes.fill(2);
  await turn();
  wire.drain();
  handler.onDrain();
  assertEquals(wire.takeBytes().subarray(10).every((byte) => byte === 1), true);
});

Deno.test("text of every size is framed right, ASCII and other", async () => {
  const { socket, wire } = await openSocket();
  for (const size of [0, 1, 41, 42, 95, 96, 97, 125, 126, 127, 21844, 21846, 65535, 65536, 70_000]) {
    for (const letter of ["a", "ä", "€", "\u{1f600}"]) {
      const text = letter.repeat(size);
      socket.send(text);
      await turn();
      assertEquals(wire.take(), [`text ${JSON.stringify(text)}`]);
    }
  }
  socket.send("\ud800");
  await turn();
  assertEquals(wire.take(), ['text "\ufffd"'], "a lone surrogate");
});
