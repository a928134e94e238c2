import { assertEquals, assertMatch } from "@std/assert";
import { type Accept, type Listener, Server, type Socket, type SocketHandler } from "../../mod.ts";

/** A minimal listener of a program's own. */
class OwnListener implements Listener {
  readonly address = { path: "nowhere" };
  accept: Accept | undefined;

  start(accept: Accept): void {
    this.accept = accept;
  }

  pause(): void {}

  resume(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class OwnSocket implements Socket {
  readonly remoteAddress = { path: "" };
  readonly unsent = 0;
  written = "";
  keepsUp = true;
  #handler: SocketHandler | undefined;

  open(accept: Accept): SocketHandler {
    return this.#handler = accept(this);
  }

  write(data: string | Uint8Array): void {
    this.written += typeof data === "string" ? data : new TextDecoder().decode(data);
  }

  flush(): boolean {
    return this.keepsUp;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    queueMicrotask(() => this.#handler?.onClose());
  }

  destroy(): void {
    this.end();
  }

  reset(): void {
    this.end();
  }
}

Deno.test("Server.from() does not change the bytes that a listener of the program delivers", async () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  const content = "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
  const request = new TextEncoder().encode(head + content);
  const before = request.slice();
  const listener = new OwnListener();
  await using _listening = await Server.from(listener).handle(async (req, res) => {
    const body = await req.bytes();
    const moved = structuredClone(body, { transfer: [body.buffer] });
    await res.send(moved);
  });
  // The request in one piece, and with the content in a separate piece.
  for (const at of [request.length, head.length]) {
    const socket = new OwnSocket();
    const handler = socket.open(listener.accept!);
    for (const piece of [request.subarray(0, at), request.subarray(at)]) {
      if (piece.length > 0) handler.onData(piece);
    }
    while (!socket.written.endsWith("hello, world")) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals(request, before);
  }
});

Deno.test("Server.from() cuts a socket without unsent that makes no progress for timeouts.send", async () => {
  for (const drains of [true, false]) {
    const outcome = Promise.withResolvers<string>();
    const listener = new OwnListener();
    await using _listening = await Server.from(listener, { timeouts: { send: 50 } }).handle(
      async (_req, res) => {
        const answer = res.start();
        const writing = answer.write("x".repeat(70_000)).then(() => answer.end());
        await writing.then(() => outcome.resolve("taken"), (error) => outcome.resolve(String(error)));
      },
    );
    const socket = new OwnSocket();
    socket.keepsUp = false;
    const handler = socket.open(listener.accept!);
    handler.onData(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    if (drains) {
      socket.keepsUp = true;
      handler.onDrain();
    }
    assertMatch(
      await outcome.promise,
      drains ? /^taken$/ : /took nothing for as long as timeouts.send allows$/,
    );
  }
});
