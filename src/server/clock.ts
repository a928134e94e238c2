import type { ClockTime } from "../exchange/protocol.ts";
import type { Timeouts } from "./options.ts";
import { HttpDate } from "../http/http_date.ts";

/** Source of time for a clock: the runtime, or a test. */
export interface TimeSource {
  /** Milliseconds on a monotonic clock. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls a function at an interval in milliseconds. Returns a function that stops the calls. */
  every(milliseconds: number, call: () => void): () => void;
}

/** The time source of the runtime. */
export const RUNTIME_TIME: TimeSource = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds);
    return () => clearInterval(timer);
  },
};

/**
 * Number of ticks in the shortest timeout, so that no deadline is detected later than an eighth of its
 * timeout.
 */
const TICKS_PER_TIMEOUT = 8;
const MIN_TICK = 5;
const MAX_TICK = 1000;

/**
 * A coarse clock with one timer for everything on its thread. It provides the time for deadlines and the
 * value of Date fields, and runs only while connections are open.
 */
export class Clock implements ClockTime {
  readonly #source: TimeSource;
  readonly #tick: number;
  readonly #date = new HttpDate();
  #stop: (() => void) | null = null;
  now = 0;
  date = "";

  /**
   * Creates a stopped clock.
   *
   * @param shortest The shortest timeout that uses this clock, in milliseconds.
   * @param source The source of time.
   */
  constructor(shortest: number, source: TimeSource = RUNTIME_TIME) {
    this.#source = source;
    this.#tick = Math.max(MIN_TICK, Math.min(MAX_TICK, shortest / TICKS_PER_TIMEOUT));
  }

  /** Updates the time. */
  read(): void {
    this.now = this.#source.monotonic();
    this.date = this.#date.format(this.#source.wall());
  }

  /**
   * Updates the time now and with every tick, unless the clock is already running.
   *
   * @param onTick Called after each tick to check deadlines. The call is left out after a tick so late that
   * the thread may have unread data that clients sent in time: such clients get one more tick.
   */
  start(onTick: (now: number) => void): void {
    if (this.#stop !== null) return;
    this.read();
    let late = false;
    this.#stop = this.#source.every(this.#tick, () => {
      const before = this.now;
      this.read();
      late = !late && this.now - before > 2 * this.#tick;
      if (!late) onTick(this.now);
    });
  }

  /** Stops ticking. */
  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

/** Creates a clock that is fine enough for the timeouts. */
export function clockFor({ headers, idle, receive, send }: Timeouts): Clock {
  return new Clock(Math.min(headers, idle, receive, send));
}
