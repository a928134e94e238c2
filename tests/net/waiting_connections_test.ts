import { assertEquals } from "@std/assert";
import { listen } from "../../src/net/deno.ts";
import type { DenoConn } from "../../src/net/deno_socket.ts";
import { listenForTransfer } from "../../src/net/node_transfer.ts";

/** A thread that opens 20 connections to the port that it is told. */
const CONNECTING = `data:text/javascript,${
  encodeURIComponent(`onmessage = async ({ data: port }) => {
    globalThis.conns = await Promise.all(Array.from({ length: 20 }, () => Deno.connect({ port })));
    postMessage("connected");
  };`)
}`;

const LOCAL = { hostname: "127.0.0.1", port: 0 };

Deno.test("listenForTransfer() lets 512 connections wait, and closes further ones at once", async () => {
  const given: unknown[] = [];
  let open = false;
  const give = (conn: unknown) => open && given.push(conn) > 0;
  const listener = await listenForTransfer(LOCAL, give, () => {});
  const { port } = listener.address as { port: number };
  const clients: Deno.Conn[] = [];
  for (let i = 0; i < 515; i++) clients.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  const ends = clients.slice(512).map((client) => client.read(new Uint8Array(1)).catch(() => null));
  assertEquals(await Promise.race([Promise.all(ends), turn(2000)]), [null, null, null]);
  open = true;
  listener.resume();
  assertEquals(given.length, 512);
  for (const conn of given as { destroy(): void }[]) conn.destroy();
  for (const client of clients) client.close();
  await listener.close();
});

Deno.test("listenForTransfer() gives the connections in the kernel's queue before close() ends", async () => {
  const given: unknown[] = [];
  const listener = await listenForTransfer(LOCAL, (conn) => given.push(conn) > 0, () => {});
  const { port } = listener.address as { port: number };
  const worker = new Worker(CONNECTING, { type: "module" });
  const connected = new Promise<void>((resolve) => worker.onmessage = () => resolve());
  worker.postMessage(port);
  // This thread accepts nothing in the meantime.
  for (const end = performance.now() + 1000; performance.now() < end;);
  assertEquals(given.length, 0);
  await listener.close();
  assertEquals(given.length, 20);
  await connected;
  for (const conn of given as { destroy(): void }[]) conn.destroy();
  worker.terminate();
  await turn();
});

Deno.test("Listener.pause() on Deno keeps 512 of the connections that are in a TLS handshake", async () => {
  const handshakes = Array.from({ length: 515 }, () => Promise.withResolvers<void>());
  const waiting = [...handshakes];
  let closed = 0;
  const conn = (handshake: Promise<void>): DenoConn => ({
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    handshake: async () => {
      await handshake;
      return { alpnProtocol: null };
    },
    read: () => new Promise(() => {}),
    write: (data) => Promise.resolve(data.length),
    closeWrite: () => Promise.resolve(),
    close: () => void closed++,
  });
  const noMore = Promise.withResolvers<DenoConn>();
  const { listenTls } = Deno;
  Object.assign(Deno, {
    listenTls: () => ({
      addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      accept: () => waiting.length > 0 ? Promise.resolve(conn(waiting.shift()!.promise)) : noMore.promise,
      close: () => noMore.reject(new Error("closed")),
    }),
  });
  try {
    const listener = await listen(LOCAL, { tls: { cert: "", key: "" } });
    let accepted = 0;
    listener.start(() => {
      accepted++;
      return { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };
    }, () => {});
    await turn();
    listener.pause();
    for (const { resolve } of handshakes) resolve();
    await turn();
    assertEquals([accepted, closed], [0, 3]);
    listener.resume();
    await turn();
    assertEquals([accepted, closed], [512, 3]);
    await listener.close();
  } finally {
    Object.assign(Deno, { listenTls });
  }
});

function turn(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
