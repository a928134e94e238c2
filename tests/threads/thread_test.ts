import { assert, assertEquals, assertRejects } from "@std/assert";
import { Worker } from "node:worker_threads";
import { resolveOptions } from "../../src/server/options.ts";
import { STATISTICS_SIZE } from "../../src/server/statistics.ts";
import type { ThreadData } from "../../src/threads/pool/thread_messages.ts";
import { Thread } from "../../src/threads/pool/thread.ts";
import type { ThreadKeeper } from "../../src/threads/pool/thread_keeper.ts";

/** A module that never comes to its end. */
const HANGING = "data:text/javascript,setInterval(() => {}, 1000); await new Promise(() => {});";

/** A keeper that notes the messages of errors. */
function keeperOf(errors: string[]): ThreadKeeper {
  return {
    threadIsReady: () => {},
    threadHasRoom: () => {},
    threadFault: (error) => void errors.push((error as Error).message),
    threadResponded: () => {},
    threadError: (error) => void errors.push(String(error)),
    threadDied: (error) => void errors.push((error as Error).message),
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
    secure: false,
    limits,
    timeouts,
    statistics: new SharedArrayBuffer(2 * STATISTICS_SIZE),
    heartbeat: null,
    records: false,
    trustProxy: null,
    proxyProtocol: null,
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

/** A module whose thread ends by itself when it is to drain. */
const LEAVING = `data:text/javascript,
import { parentPort } from "node:worker_threads";
import process from "node:process";
parentPort.on("message", ({ type }) => {
  if (type === "drain") process.exit(3);
});
export default () => {};`;

Deno.test("Thread.drain() resolves where the thread ends by itself meanwhile", async () => {
  const errors: string[] = [];
  const thread = await Thread.start(dataOf(LEAVING), keeperOf(errors));
  await thread.ready;
  const { promise: late, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("drain() did not resolve within 10 s")), 10_000);
  await Promise.race([thread.drain(), late]);
  clearTimeout(timer);
  assertEquals(errors, ["Thread 1 ended with exit code 3"]);
});

/** A module that posts what is not the server's, and errors in disguise. */
const STRANGER = `data:text/javascript,
import { parentPort } from "node:worker_threads";
const strange = [undefined, null, 0, "text", {}, { type: "else" }, { type: "ready" }, { type: "failed" }, { type: "error", error: 5 }];
const batches = [[], [null], [16], [-1, -1], ["a", "b", "c"], [NaN, {}, []], [[[]]], [19, 0.5, true]];
const errors = [{}, [], { kind: "Other" }, { kind: "toString" }, { kind: "HttpError" }, { kind: "AggregateError", errors: [null] }];
for (const message of [...strange, ...batches]) parentPort.postMessage(message);
for (const error of errors) parentPort.postMessage({ type: "error", error });
export default () => {};`;

Deno.test("Thread reads whatever a module posts without harm, and tells of it once", async () => {
  const errors: string[] = [];
  const thread = await Thread.start(dataOf(STRANGER), keeperOf(errors));
  await thread.ready;
  assertEquals(errors[0], `Cannot read a message of thread 1: ${STRANGER} posted it, and nobody takes it`);
  assertEquals(errors.slice(1), Array(6).fill("Error: A thread posted an error that cannot be read"));
  await thread.drain();
});

Deno.test("Thread.ready rejects where a message that cannot be read comes before the thread can serve", async () => {
  const errors: string[] = [];
  const { on } = Worker.prototype;
  let unreadable: ((error: Error) => void) | undefined;
  Worker.prototype.on = function (this: Worker, event: string, listener: (error: Error) => void) {
    if (event === "messageerror") unreadable = listener;
    return on.call(this, event, listener);
  } as never;
  const thread = await Thread.start(dataOf(HANGING), keeperOf(errors));
  Worker.prototype.on = on;
  unreadable?.(new EvalError("cannot be read"));
  await assertRejects(() => thread.ready, EvalError, "cannot be read");
  assertEquals(errors, ["cannot be read"]);
  await thread.stop();
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
