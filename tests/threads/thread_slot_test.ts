import { assertEquals } from "@std/assert";
import { Statistics } from "../../src/server/statistics.ts";
import { ThreadSlot } from "../../src/threads/pool/thread_slot.ts";
import type { Thread } from "../../src/threads/pool/thread.ts";

/** A slot whose threads are not there, on a clock of the test's. */
class Fixture implements Disposable {
  readonly statistics = new Statistics();
  /** When threads were started. */
  readonly starts: number[] = [];
  readonly errors: unknown[] = [];
  /** What the slot gave up with. */
  readonly failures: Error[] = [];
  /** How many threads were ended. */
  stopped = 0;
  /** What starting a thread comes to, where it comes to nothing else. */
  startError: Error | null = null;
  lost = 0;
  readonly slot: ThreadSlot = new ThreadSlot(0, this.statistics, {
    startThread: () => this.#startThread(),
    threadIsReady: () => {},
    threadHasRoom: () => {},
    threadResponded: () => {},
    threadError: (error) => void this.errors.push(error),
    threadLost: () => void this.lost++,
    slotFailed: (error) => void this.failures.push(error as Error),
  });
  #now = 0;
  #timers = new Map<number, { readonly at: number; readonly call: () => void }>();
  #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #globals = { setTimeout, clearTimeout };
  readonly #clock = performance.now;

  constructor() {
    performance.now = () => this.#now;
    let id = 0;
    globalThis.setTimeout = ((call: () => void, delay: number) => {
      this.#timers.set(++id, { at: this.#now + delay, call });
      return id;
    }) as never;
    globalThis.clearTimeout = ((id: number) => void this.#timers.delete(id)) as never;
  }

  #startThread(): Promise<Thread> {
    this.starts.push(this.#now);
    if (this.startError !== null) return Promise.reject(this.startError);
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {});
    const thread = {
      ready: this.#ready.promise,
      wasUsed: false,
      stop: () => Promise.resolve(this.stopped++),
    };
    return Promise.resolve(thread as unknown as Thread);
  }

  /** The thread can serve. */
  async ready(): Promise<void> {
    this.#ready.resolve();
    await settled();
  }

  /** The thread has died. */
  async die(name: string): Promise<void> {
    const error = new Error(name);
    this.#ready.reject(error);
    await settled();
    this.slot.threadDied(error);
    await settled();
  }

  /** Time goes by. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const [id, { at, call }] of [...this.#timers]) {
      if (at > this.#now || !this.#timers.delete(id)) continue;
      call();
    }
    await settled();
  }

  /** The first thread is there. */
  async start(): Promise<void> {
    const starting = this.slot.start();
    await settled();
    await this.ready();
    await starting;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#globals);
    performance.now = this.#clock;
  }
}

/** Lets promises settle that wait for nothing else. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** How a thread is used: a request or a connection of its own, or one that it was told of. */
const USES: Readonly<Record<string, (fixture: Fixture) => void>> = {
  "a request": ({ statistics }) => statistics.request(),
  "a connection": ({ statistics }) => statistics.connectionOpened(),
  "what it was told of": ({ slot }) => Object.assign(slot.thread!, { wasUsed: true }),
};

Deno.test("ThreadSlot gives up when three threads in a row die before they have served anything, ready or not", async () => {
  for (const everReady of [true, false]) {
    using fixture = new Fixture();
    await fixture.start();
    for (const name of ["first", "second", "third"]) {
      if (everReady) await fixture.ready();
      await fixture.pass(everReady ? 30 : 5000);
      await fixture.die(name);
      await fixture.pass(1000);
    }
    // The first was ready, and lived for long where that is not the matter.
    if (!everReady) await fixture.die("fourth");
    assertEquals(fixture.failures.map(({ message }) => message), [everReady ? "third" : "fourth"]);
    assertEquals(fixture.starts.length, everReady ? 3 : 4);
    assertEquals(fixture.statistics.snapshot().restarts, everReady ? 3 : 4);
    await fixture.pass(60_000);
    assertEquals(fixture.starts.length, everReady ? 3 : 4, "no other is started");
  }
});

Deno.test("ThreadSlot replaces threads that die while they serve without end, the sooner they die the less often", async () => {
  for (const use of Object.values(USES)) {
    using fixture = new Fixture();
    await fixture.start();
    for (let i = 0; i < 12; i++) {
      await fixture.ready();
      use(fixture);
      const { length } = fixture.starts;
      await fixture.pass(10);
      await fixture.die(`death ${i}`);
      for (let waited = 0; fixture.starts.length === length && waited < 2000; waited += 10) {
        await fixture.pass(10);
      }
    }
    const pauses = fixture.starts.slice(1).map((at, i) => at - fixture.starts[i]!);
    assertEquals(pauses, [10, 50, 100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000, 1000]);
    assertEquals([fixture.failures, fixture.errors.length, fixture.lost], [[], 12, 12]);
  }
});

Deno.test("ThreadSlot replaces at once a thread that has lived for a second, whatever the others did", async () => {
  using fixture = new Fixture();
  await fixture.start();
  for (
    const [life, pause] of [[10, 0], [10, 40], [1000, 0], [10, 0], [60, 0], [10, 90], [5000, 0]] as const
  ) {
    await fixture.ready();
    fixture.statistics.request();
    await fixture.pass(life);
    const { length } = fixture.starts;
    await fixture.die("in service");
    if (pause > 0) {
      assertEquals(fixture.starts.length, length);
      await fixture.pass(pause);
    }
    assertEquals(fixture.starts.length, length + 1, `after a life of ${life} ms`);
  }
  assertEquals(fixture.failures, []);
});

Deno.test("ThreadSlot gives up when threads cannot even be begun", async () => {
  using fixture = new Fixture();
  await fixture.start();
  fixture.statistics.request();
  fixture.startError = new Error("no memory");
  await fixture.die("in service");
  for (let i = 0; i < 10; i++) await fixture.pass(1000);
  assertEquals(fixture.failures, [fixture.startError]);
  assertEquals(fixture.starts.length, 4);
});

Deno.test("ThreadSlot.close() leaves no thread to come", async () => {
  using fixture = new Fixture();
  await fixture.start();
  for (let i = 0; i < 2; i++) {
    await fixture.ready();
    fixture.statistics.request();
    await fixture.die("in service");
  }
  assertEquals(fixture.starts.length, 2, "the next one waits");
  fixture.slot.close();
  await fixture.pass(5000);
  assertEquals(fixture.starts.length, 2);

  using starting = new Fixture();
  await starting.start();
  starting.statistics.request();
  const died = starting.die("in service");
  starting.slot.close();
  await died;
  assertEquals([starting.starts.length, starting.stopped], [1, 0]);

  using begun = new Fixture();
  const start = begun.slot.start();
  begun.slot.close();
  await begun.ready();
  await start;
  assertEquals(begun.stopped, 1, "one that had begun to start is ended");
});
