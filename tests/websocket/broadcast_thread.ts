/**
 * A thread with sockets in memory on the channel "chat": it answers `{ publish }` by publishing, and posts what its socket
 * is sent. Run without a worker, it is the program that starts two such threads and checks them.
 */
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { broadcast } from "../../src/websocket/broadcast.ts";
import { openSocket } from "./open_socket.ts";

/** What a thread posts. */
type FromThread = { readonly ready: true } | { readonly frames: readonly string[] };

if (isMainThread) await main();
else await thread();

async function thread(): Promise<void> {
  const { socket, wire } = await openSocket();
  const chat = broadcast("chat");
  chat.subscribe(socket);
  const flush = wire.flush.bind(wire);
  wire.flush = () => {
    const keepsUp = flush();
    const frames = wire.take();
    if (frames.length > 0) parentPort?.postMessage({ frames });
    return keepsUp;
  };
  parentPort?.on("message", (message: { publish?: string; end?: true }) => {
    if (message.publish !== undefined) chat.publish(message.publish);
    if (message.end !== true) return;
    chat.unsubscribe(socket);
    parentPort?.unref();
  });
  parentPort?.postMessage({ ready: true });
}

/** Starts two threads; all three publish, then one without sockets. Every socket gets every message once, and all ends by itself. */
async function main(): Promise<void> {
  const seen = new Map<string, string[]>();
  const note = (name: string, frames: readonly string[]) =>
    seen.set(name, [...seen.get(name) ?? [], ...frames]);
  const { socket, wire } = await openSocket();
  const chat = broadcast("chat");
  chat.subscribe(socket);
  const flush = wire.flush.bind(wire);
  wire.flush = () => {
    const keepsUp = flush();
    note("main", wire.take());
    return keepsUp;
  };
  const count = async (frames: number) => {
    const deadline = performance.now() + 10_000;
    while ([...seen.values()].flat().length < frames && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Another one would be one too many.
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const workers = await Promise.all(["a", "b"].map(async (name) => {
    const worker = new Worker(new URL(import.meta.url));
    await new Promise<void>((resolve) => {
      worker.on("message", (message: FromThread) => {
        if ("ready" in message) resolve();
        else note(name, message.frames);
      });
    });
    return worker;
  }));
  chat.publish("from main");
  for (const [i, worker] of workers.entries()) worker.postMessage({ publish: `from ${i}` });
  // Posts that are no frames of a message must do no harm.
  const stranger = new BroadcastChannel("handoff.broadcast:chat");
  for (
    const junk of [
      "text",
      7,
      null,
      {},
      new Uint8Array(0),
      new Uint8Array([0x88, 0]),
      new Uint8Array([0x81, 5, 1]),
    ]
  ) {
    stranger.postMessage(junk);
  }
  stranger.close();
  await count(9);
  chat.unsubscribe(socket);
  chat.publish("from outside");
  await count(11);
  for (const worker of workers) worker.postMessage({ end: true });
  chat.publish("to nobody");
  console.log(JSON.stringify(Object.fromEntries([...seen].map(([name, frames]) => [name, frames.sort()]))));
}
