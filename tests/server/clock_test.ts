import { assertEquals } from "@std/assert";
import { Clock, clockFor, RUNTIME_TIME, type TimeSource } from "../../src/server/clock.ts";

const WALL = 784111777000;
const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

/** A source of time that the test advances. */
class FakeTime implements TimeSource {
  now = 5000;
  /** Interval and callback of each running timer. */
  readonly timers: { readonly every: number; readonly call: () => void }[] = [];

  monotonic(): number {
    return this.now;
  }

  wall(): number {
    return WALL + this.now - 5000;
  }

  every(milliseconds: number, call: () => void): () => void {
    const timer = { every: milliseconds, call };
    this.timers.push(timer);
    return () => void this.timers.splice(this.timers.indexOf(timer), 1);
  }

  /** Advances the time, then calls each timer once, like a late thread that does not catch up. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const { call } of [...this.timers]) call();
  }
}

/** Creates a clock that ticks every 100 ms, with the list of its ticks. */
function ticking(): { time: FakeTime; clock: Clock; ticks: number[] } {
  const time = new FakeTime();
  const clock = new Clock(800, time);
  const ticks: number[] = [];
  clock.start((now) => ticks.push(now));
  return { time, clock, ticks };
}

Deno.test("Clock ticks eight times within the shortest timeout, at an interval of 5 ms to 1 s", () => {
  const cases = [[800, 100], [8000, 1000], [60_000, 1000], [Infinity, 1000], [44, 5.5], [40, 5], [
    1,
    5,
  ]] as const;
  for (const [shortest, tick] of cases) {
    const time = new FakeTime();
    new Clock(shortest, time).start(() => {});
    assertEquals(time.timers.map(({ every }) => every), [tick], `${shortest} ms`);
  }
});

Deno.test("Clock.start() reads the time at once, and with every tick", () => {
  const { time, clock, ticks } = ticking();
  assertEquals([clock.now, clock.date, ticks], [5000, DATE, []]);
  time.now = 5099;
  assertEquals(clock.now, 5000, "the time of the last tick");
  time.pass(1);
  time.pass(900 - 100 * 7);
  assertEquals([clock.now, ticks], [5300, [5100, 5300]]);
  for (let i = 0; i < 7; i++) time.pass(100);
  assertEquals(clock.date, DATE.replace("37", "38"));
});

Deno.test("Clock.read() reads the time of a clock that does not run", () => {
  const clock = new Clock(800, new FakeTime());
  assertEquals([clock.now, clock.date], [0, ""]);
  clock.read();
  assertEquals([clock.now, clock.date], [5000, DATE]);
});

Deno.test("Clock skips onTick for a tick more than twice as late, and calls it for the next tick", () => {
  const { time, ticks } = ticking();
  time.pass(200);
  assertEquals(ticks, [5200], "late by no more than a tick");
  time.pass(201);
  assertEquals(ticks, [5200], "what clients sent in time may not have been read");
  time.pass(100);
  assertEquals(ticks, [5200, 5501]);
});

Deno.test("Clock skips one tick: a thread that stays late checks deadlines with every other tick", () => {
  const { time, ticks } = ticking();
  for (let i = 0; i < 6; i++) time.pass(1000);
  assertEquals(ticks, [7000, 9000, 11_000]);
});

Deno.test("Clock updates the time with a late tick", () => {
  const { time, clock } = ticking();
  time.pass(10_000);
  assertEquals([clock.now, clock.date], [15_000, DATE.replace("37", "47")]);
});

Deno.test("Clock.start() does nothing while the clock runs, and Clock.stop() ends the timer", () => {
  const { time, clock, ticks } = ticking();
  clock.start(() => ticks.push(-1));
  assertEquals(time.timers.length, 1);
  time.pass(100);
  assertEquals(ticks, [5100]);
  clock.stop();
  clock.stop();
  assertEquals(time.timers, []);
  time.pass(10_000);
  clock.start((now) => ticks.push(-now));
  assertEquals(clock.now, 15_100, "the time is read again");
  time.pass(100);
  assertEquals(ticks, [5100, -15_200], "the pause is no lateness");
});

Deno.test("clockFor() uses the shortest timeout that is counted by ticks", () => {
  const { every } = RUNTIME_TIME;
  const intervals: number[] = [];
  RUNTIME_TIME.every = (milliseconds) => {
    intervals.push(milliseconds);
    return () => {};
  };
  try {
    const timeouts = { headers: 1600, idle: 1600, receive: 1600, send: 1600, handshake: 80, stuck: 80 };
    for (const name of ["headers", "idle", "receive", "send"]) {
      clockFor({ ...timeouts, [name]: 800 }).start(() => {});
    }
    clockFor(timeouts).start(() => {});
  } finally {
    RUNTIME_TIME.every = every;
  }
  assertEquals(intervals, [100, 100, 100, 100, 200]);
});
