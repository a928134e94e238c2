import { assertEquals, assertRejects } from "@std/assert";
import { Worker } from "node:worker_threads";
import { memoryListener } from "../../src/net/memory.ts";
import { resolveOptions } from "../../src/server/options.ts";
import { ThreadPool } from "../../src/threads/pool/thread_pool.ts";
import { until } from "./pool_server.ts";

Deno.test("ThreadPool tells of a thread that cannot even be begun anew, and gives up", async () => {
  const errors: string[] = [];
  const state: Record<string, unknown> = {};
  const pool = await ThreadPool.start({
    way: "dispatch",
    address: { hostname: "127.0.0.1", port: 0 },
    listener: null,
    listenOptions: {},
    settings: resolveOptions({ onError: (error) => void errors.push((error as Error).name) }, () => {}),
    secure: false,
    threads: 2,
    module: new URL("./modules/mortal.ts", import.meta.url).href,
    join: null,
    state,
    worker: null,
  });
  // From now on it can be posted to no thread.
  state["callback"] = () => {};
  const { port } = pool.address as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  await answer.body?.cancel();
  assertEquals(answer.status, 502);
  await assertRejects(() => pool.failed, DOMException);
  assertEquals(errors, ["Error", ...Array(3).fill("DataCloneError")]);
  assertEquals(pool.stats().threads.reduce((sum, { restarts }) => sum + restarts, 0), 4);
  await until("nothing listens", () => fetch(`http://127.0.0.1:${port}/`).then(() => false, () => true));
});

Deno.test("ThreadPool.drain() tells every thread at once, whatever the listener takes to close", async () => {
  const { listener } = memoryListener();
  const { promise: mayClose, resolve: release } = Promise.withResolvers<void>();
  const { close } = listener;
  listener.close = async () => {
    await mayClose;
    await close.call(listener);
  };
  const pool = await ThreadPool.start({
    way: "dispatch",
    address: listener.address,
    listener,
    listenOptions: {},
    settings: resolveOptions({}, () => {}),
    secure: false,
    threads: 2,
    module: new URL("./modules/function.ts", import.meta.url).href,
    join: null,
    state: undefined,
    worker: null,
  });
  const posted: unknown[] = [];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: []) {
    posted.push((message as { type?: unknown }).type);
    postMessage.call(this, message, ...rest);
  };
  try {
    const draining = pool.drain();
    assertEquals(posted, ["draining", "draining"]);
    release();
    await draining;
    assertEquals(posted.slice(2), ["drain", "drain"]);
  } finally {
    Worker.prototype.postMessage = postMessage;
  }
});
