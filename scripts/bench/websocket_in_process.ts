/**
 * Time that a message takes within the library: parsing, unmasking, the event, and the echo's frame, without
 * a network. Runs on each runtime:
 *
 *     deno run -A scripts/bench/websocket_in_process.ts
 *     bun scripts/bench/websocket_in_process.ts
 *     node scripts/bench/websocket_in_process.ts
 *
 * Prints nanoseconds of CPU time a message: of 64 bytes of ASCII, alone in a read and 32 to a read, by a
 * listener and by a loop.
 */
import process from "node:process";
import { prepareWebSocket } from "../../src/websocket/prepare_websocket.ts";
import { unmask } from "../../src/websocket/unmask.ts";
import type { UpgradedHandler, UpgradedSocket } from "../../src/exchange/upgraded_socket.ts";
import { resolveWebSocketOptions } from "../../src/websocket/websocket_options.ts";
import type { ServerWebSocket } from "../../src/websocket/server_websocket.ts";

/** Takes everything at once. */
class Sink implements UpgradedSocket {
  readonly remoteAddress = { hostname: "127.0.0.1", port: 1 };
  readonly unsent = 0;
  writes = 0;
  readonly #copy = new Uint8Array(65536);

  write(data: string | Uint8Array): void {
    if (typeof data !== "string") this.#copy.set(data);
  }
  flush(): boolean {
    this.writes++;
    return true;
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  leave(): void {}
  ready(): Promise<void> {
    return Promise.resolve();
  }
  destroy(): void {}
  countMessages(): void {}
}

function frame(text: string): Uint8Array {
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  const payload = new TextEncoder().encode(text).map((byte, i) => byte ^ mask[i % 4]!);
  return new Uint8Array([0x81, 0x80 | payload.length, ...mask, ...payload]);
}

async function open(): Promise<{ socket: ServerWebSocket; handler: UpgradedHandler; sink: Sink }> {
  const headers = new Headers({
    upgrade: "websocket",
    connection: "upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
  });
  const remoteAddress = { hostname: "127.0.0.1", port: 1 };
  const head = { method: "GET", headers, url: "ws://localhost/", remoteAddress };
  const prepared = prepareWebSocket(head, head, resolveWebSocketOptions({}));
  if ("status" in prepared) throw new Error(prepared.reason);
  const sink = new Sink();
  const handler = prepared.take(sink, new Uint8Array(0), false);
  const { socket } = prepared;
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  await new Promise((resolve) => setTimeout(resolve, 10));
  return { socket, handler, sink };
}

const ROUNDS = 5;

/**
 * CPU time of this process, in nanoseconds: other work on the machine counts less in it than in the time of
 * day.
 */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** The least of some rounds, in nanoseconds of CPU time. */
async function least(count: number, round: () => void | Promise<void>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const started = cpuTime();
    await round();
    best = Math.min(best, (cpuTime() - started) / count);
  }
  return Math.round(best);
}

/** A read's buffer as the runtime's sockets bring it: a `Buffer` where there is one. */
function readBuffer(size: number): Uint8Array {
  const { Buffer } = globalThis as { readonly Buffer?: { alloc(size: number): Uint8Array } };
  return Buffer === undefined ? new Uint8Array(size) : Buffer.alloc(size);
}

const one = frame("x".repeat(64));

for (const perRead of [1, 32]) {
  const input = new Uint8Array(one.length * perRead);
  for (let i = 0; i < perRead; i++) input.set(one, i * one.length);
  const buffer = readBuffer(input.length);
  const reads = Math.floor(100_000 / perRead);
  const { handler } = await open();
  const listener = await least(reads * perRead, () => {
    for (let i = 0; i < reads; i++) {
      buffer.set(input);
      handler.onData(buffer);
    }
  });
  const looped = await open();
  looped.socket.onmessage = null;
  (async () => {
    for await (const message of looped.socket) looped.socket.send(message);
  })();
  const loop = await least(reads * perRead, async () => {
    for (let i = 0; i < reads; i++) {
      buffer.set(input);
      looped.handler.onData(buffer);
      for (let turn = 0; turn < 4 * perRead + 8; turn++) await null;
    }
  });
  console.log(`${perRead} a read: ${listener} ns by a listener, ${loop} ns by a loop`);
}

for (const size of [16, 64, 128, 192, 256, 1024, 65536]) {
  const bytes = new Uint8Array(size + 6).fill(0x61);
  const count = Math.ceil(5_000_000 / (size + 50));
  const time = await least(count, () => {
    for (let i = 0; i < count; i++) unmask(bytes, 6, 6 + size, 0x3d21fa37);
  });
  console.log(`unmask ${size} bytes: ${time} ns`);
}
