import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Listener } from "../../src/net/listener.ts";
import { memoryListener, type MemoryNetwork } from "../../src/net/memory.ts";
import { Server } from "../../src/threads/server.ts";

const TICKING = new URL("./modules/ticking.ts", import.meta.url);

/** Milliseconds in which a thread that is there gives many signs of life. */
const WHILE = 50;

/** How a listener can fail to close. */
const FAILURES: Readonly<Record<string, () => Promise<void>>> = {
  rejects: () => Promise.reject(new RangeError("cannot close")),
  throws: () => {
    throw new RangeError("cannot close");
  },
};

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A listener of the program's own that fails where the test says so. */
function networkWhere(failing: Partial<Listener>): MemoryNetwork {
  const { listener, connect } = memoryListener();
  return { listener: Object.assign(listener, failing), connect };
}

/** What `ticking.ts` is given. */
function newState(): { ticks: Int32Array<SharedArrayBuffer> } {
  return { ticks: new Int32Array(new SharedArrayBuffer(4)) };
}

/** No thread runs that once did, or it is about to end: a runtime takes a moment for that. */
async function assertEnded({ ticks }: { ticks: Int32Array }): Promise<void> {
  assert(ticks[0]! > 0);
  for (let i = 0; i < 20; i++) {
    const before = ticks[0];
    await pause(WHILE);
    if (ticks[0] === before) return;
  }
  throw new Error("Threads go on running");
}

for (const threads of [1, 2]) {
  Deno.test(`Server.handle() rejects with what keeps a listener from starting, and leaves nothing running (threads: ${threads})`, async () => {
    for (const close of [null, ...Object.values(FAILURES)]) {
      const start = () => {
        throw new EvalError("cannot start");
      };
      const errors: string[] = [];
      const state = newState();
      const server = Server.from(networkWhere(close === null ? { start } : { start, close }).listener, {
        onError: (error) => errors.push(String(error)),
      });
      // On one thread it is this one that would go on.
      const handling = threads === 1 ? server.handle(() => {}) : server.handle(TICKING, { threads, state });
      await assertRejects(() => handling, EvalError, "cannot start");
      assertEquals(errors, close === null ? [] : ["RangeError: cannot close"]);
      if (threads > 1) await assertEnded(state);
    }
  });

  for (const [how, close] of Object.entries(FAILURES)) {
    Deno.test(`close() and closed reject where the listener ${how}, once all else has ended (threads: ${threads})`, async () => {
      const state = newState();
      const { listener, connect } = networkWhere({ close });
      const server = Server.from(listener, { timeouts: { idle: 500 } });
      const listening =
        await (threads === 1 ? server.handle(() => {}) : server.handle(TICKING, { threads, state }));
      const client = connect();
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until("HTTP/1.1 200");
      let closed = "pending";
      listening.closed.then(() => closed = "resolved", (error) => closed = String(error));
      const closing = listening.close();
      closing.catch(() => {});
      await client.until(() => client.ended);
      await pause(0);
      assertEquals(closed, "pending");
      client.end();
      await assertRejects(() => closing, RangeError, "cannot close");
      assertEquals(closed, "RangeError: cannot close");
      await assertRejects(() => listening.close(), RangeError, "cannot close");
      if (threads > 1) await assertEnded(state);
    });
  }
}
