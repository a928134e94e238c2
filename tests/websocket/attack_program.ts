/** Attacks on sockets in memory. Prints one line of JSON: for each, how much memory it cost, in bytes, and how it ended. */
import process from "node:process";
import { deflateRawSync } from "node:zlib";
import { clientFrame, concat } from "./frames.ts";
import { type OpenSocket, openSocket, turn } from "./open_socket.ts";

const { gc, Bun } = globalThis as { readonly gc?: () => void; readonly Bun?: { gc(force: boolean): void } };

/** Resident memory, after a collection where the runtime offers one. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    gc?.();
    Bun?.gc(true);
  }
  return process.memoryUsage().rss;
}

const results: Record<string, { bytes: number; end: unknown }> = {};

async function attack(name: string, run: () => Promise<unknown>): Promise<void> {
  const before = await memory();
  const end = await run();
  results[name] = { bytes: await memory() - before, end };
}

/** A compressed message of 1 GiB, in 1 MiB. */
await attack("deflate bomb", async () => {
  const { receive, wire } = await openSocket({
    extensions: "permessage-deflate",
    options: { perMessageDeflate: true },
  });
  const piece = new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024), { finishFlush: 3 }));
  receive(
    clientFrame({ rsv: 4, opcode: 2, payload: concat(Array.from({ length: 16 }, () => piece)) }),
    65536,
  );
  const deadline = performance.now() + 10_000;
  while (!wire.ended && performance.now() < deadline) await turn();
  return wire.take().at(-1);
});

await attack("a million empty fragments", async () => {
  const { receive, wire } = await openSocket();
  receive(clientFrame({ fin: false }));
  const fragments = concat(Array.from({ length: 1000 }, () => clientFrame({ fin: false, opcode: 0 })));
  for (let i = 0; i < 1000 && !wire.ended; i++) receive(fragments);
  return wire.take().at(-1);
});

await attack("a million pings of a client that reads nothing", async () => {
  const { receive, wire, socket } = await openSocket();
  wire.keepsUp = false;
  const pings = concat(
    Array.from({ length: 1000 }, () => clientFrame({ opcode: 9, payload: "p".repeat(125) })),
  );
  for (let i = 0; i < 1000; i++) receive(pings);
  return socket.bufferedAmount < 1024 * 1024;
});

await attack("an announced message of 16 MiB that does not come, 1000 times", async () => {
  const sockets: OpenSocket[] = [];
  for (let i = 0; i < 1000; i++) {
    const open = await openSocket();
    open.receive(clientFrame({ opcode: 2, length: 16 * 1024 * 1024, payload: "begin" }));
    sockets.push(open);
  }
  return sockets.every(({ wire }) => !wire.ended);
});

await attack("1000 clients that send and never read", async () => {
  const sockets: OpenSocket[] = [];
  const frames = concat(Array.from({ length: 16 }, () => clientFrame({ payload: "x".repeat(1000) })));
  for (let i = 0; i < 1000; i++) {
    const open = await openSocket({ silent: true, options: { maxQueued: 16 * 1024 } });
    open.wire.keepsUp = false;
    open.socket.onmessage = ({ data }) => open.socket.send(data);
    // The operating system brings one chunk more after a pause, and no others.
    for (let j = 0; j < 100 && !open.wire.paused; j++) open.receive(frames);
    sockets.push(open);
  }
  return sockets.every(({ wire }) => wire.paused || wire.destroyed);
});

await attack("10,000 idle sockets", async () => {
  const sockets: OpenSocket[] = [];
  for (let i = 0; i < 10_000; i += 100) {
    sockets.push(...await Promise.all(Array.from({ length: 100 }, () => openSocket())));
  }
  (globalThis as { idle?: unknown }).idle = sockets;
  return sockets.length;
});

console.log(JSON.stringify(results));
process.exit(0);
