import { assert, assertEquals } from "@std/assert";
import { Worker } from "node:worker_threads";
import { resolveOptions } from "../../src/server/options.ts";
import { STATISTICS_SIZE } from "../../src/server/statistics.ts";
import type { ThreadData } from "../../src/threads/protocol.ts";
import { Thread, type ThreadKeeper } from "../../src/threads/thread.ts";

/** A module that never comes to its end. */
const HANGING = "data:text/javascript,setInterval(() => {}, 1000); await new Promise(() => {});";

/** A keeper that notes the messages of errors. */
function keeperOf(errors: string[]): ThreadKeeper {
  return {
    threadHasRoom: () => {},
    threadIsSlow: (_thread, { message }) => void errors.push(message),
    threadError: (error) => void errors.push(String(error)),
    threadDied: (_thread, { message }) => void errors.push(message),
  };
}

function dataOf(module: string): ThreadData {
  const { limits, timeouts } = resolveOptions({}, () => {});
  return {
    handoff: "thread",
    thread: 1,
    module,
    state: undefined,
    way: "dispatch",
    address: { hostname: "127.0.0.1", port: 0 },
    secure: false,
    limits,
    timeouts,
    statistics: new SharedArrayBuffer(2 * STATISTICS_SIZE),
  };
}

/** A module that keeps its thread busy for ever from a moment after it has been loaded on. */
const STUCK = "data:text/javascript,setTimeout(() => { for (;;); }, 0); export default () => {};";

/** A module whose handler has hooks that are nothing. */
const NULL_HOOKS = `data:text/javascript,export default {
  handle() {}, checkContinue: null, onConnectionStart: null, onConnectionEnd: undefined,
};`;

Deno.test("Thread.cut() ends a thread that is stuck, half a second later", async () => {
  const thread = await Thread.start(dataOf(STUCK), keeperOf([]));
  await thread.ready;
  const started = performance.now();
  thread.cut();
  thread.cut();
  await thread.drain();
  const elapsed = performance.now() - started;
  assert(elapsed >= 490 && elapsed < 3000, `${elapsed} ms`);
});

Deno.test("Thread.stop() and Thread.drain() wait until the worker is gone, whoever has ended it", async () => {
  const { terminate } = Worker.prototype;
  let gone = false;
  Worker.prototype.terminate = async function () {
    const code = await terminate.call(this);
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone = true;
    return code;
  };
  try {
    for (const wait of ["stop", "drain"] as const) {
      gone = false;
      const thread = await Thread.start(dataOf(NULL_HOOKS), keeperOf([]));
      await thread.ready;
      thread.stop();
      await thread[wait]();
      assertEquals(gone, true, wait);
    }
  } finally {
    Worker.prototype.terminate = terminate;
  }
});

Deno.test("Thread.hooks says that a handler wants none where they are null", async () => {
  const thread = await Thread.start(dataOf(NULL_HOOKS), keeperOf([]));
  await thread.ready;
  assertEquals(thread.hooks, { connections: false });
  await thread.stop();
});

Deno.test("Thread.start() tells after half a minute that a module is still loading", async () => {
  const errors: string[] = [];
  const { setTimeout } = globalThis;
  let tell: (() => void) | undefined;
  globalThis.setTimeout = ((callback: () => void, delay?: number) => {
    if (delay === 30_000) tell = callback;
    return setTimeout(callback, delay);
  }) as typeof setTimeout;
  const thread = await Thread.start(dataOf(HANGING), keeperOf(errors));
  globalThis.setTimeout = setTimeout;
  tell?.();
  assertEquals(errors, [`Thread 1 has been loading ${HANGING} for 30 s and is waited for`]);
  await thread.stop();
  assertEquals(thread.isReady, false);
});
