import { assert, assertEquals } from "@std/assert";
import { HeartbeatWatch, newHeartbeat } from "../../src/threads/pool/heartbeat.ts";

/** Milliseconds that a thread may be silent. */
const STUCK = 400;

/** A watch over two threads, on a clock of the test's, and what it tells. */
class Fixture implements Disposable {
  readonly heartbeat = newHeartbeat(2, STUCK)!;
  readonly events: string[] = [];
  readonly beating = [true, true];
  readonly #watch: HeartbeatWatch;
  readonly #clock = performance.now;
  readonly #setInterval = globalThis.setInterval;
  #now = 0;
  #look: () => void = () => {};

  constructor() {
    performance.now = () => this.#now;
    globalThis.setInterval = ((look: () => void) => {
      this.#look = look;
      return 0;
    }) as never;
    this.#watch = new HeartbeatWatch(this.heartbeat, STUCK, {
      isBeating: (thread) => this.beating[thread]!,
      threadIsStuck: (thread, silence) => void this.events.push(`${thread} stuck for ${silence}`),
      threadIsBack: (thread) => void this.events.push(`${thread} back`),
    });
  }

  /** One look after so many milliseconds, before which some threads have beaten. */
  pass(milliseconds: number, ...threads: readonly number[]): void {
    this.#now += milliseconds;
    for (const thread of threads) Atomics.add(this.heartbeat.counters, thread, 1);
    this.#look();
  }

  [Symbol.dispose](): void {
    performance.now = this.#clock;
    globalThis.setInterval = this.#setInterval;
    this.#watch.stop();
  }
}

Deno.test("HeartbeatWatch tells once of a thread that is silent for too long, and of its return", () => {
  using fixture = new Fixture();
  fixture.pass(100, 0, 1);
  for (let i = 0; i < 3; i++) fixture.pass(100, 0);
  assertEquals(fixture.events, []);
  for (let i = 0; i < 5; i++) fixture.pass(100, 0);
  assertEquals(fixture.events, ["1 stuck for 400"]);
  fixture.pass(100, 0, 1);
  assertEquals(fixture.events, ["1 stuck for 400", "1 back"]);
  for (let i = 0; i < 4; i++) fixture.pass(100, 0);
  assertEquals(fixture.events.at(-1), "1 stuck for 400");
});

Deno.test("HeartbeatWatch does not take a thread that starts, or its own silence, for a stuck thread", () => {
  using fixture = new Fixture();
  fixture.pass(100, 0, 1);
  fixture.beating[1] = false;
  for (let i = 0; i < 8; i++) fixture.pass(100, 0);
  fixture.beating[1] = true;
  // The watching thread was busy itself, or the process was stopped.
  fixture.pass(5000);
  for (let i = 0; i < 3; i++) fixture.pass(100);
  assertEquals(fixture.events, []);
});

Deno.test("newHeartbeat() makes none where threads are not watched", () => {
  assertEquals([newHeartbeat(2, Infinity), newHeartbeat(2, 2 ** 31)], [null, null]);
  assert(newHeartbeat(2, 2 ** 31 - 1) !== null);
});
