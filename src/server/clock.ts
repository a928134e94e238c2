import type { ClockTime } from "../exchange/protocol.ts";
import type { Timeouts } from "./options.ts";
import { HttpDate } from "../http/http_date.ts";

/** Where a clock takes its time from: the runtime, or a test. */
export interface TimeSource {
  /** Milliseconds on a monotonic clock. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls a function every so many milliseconds. Returns what ends that. */
  every(milliseconds: number, call: () => void): () => void;
}

/** The time of the runtime. */
export const RUNTIME_TIME: TimeSource = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds);
    return () => clearInterval(timer);
  },
};

/** A tick is this often within the shortest timeout, so that none is late by more than an eighth. */
const TICKS_PER_TIMEOUT = 8;
const MIN_TICK = 5;
const MAX_TICK = 1000;

/**
 * A coarse clock, one timer for everything on its thread: it tells the time that deadlines are counted from, and the value of
 * Date fields. It runs only while somebody needs it.
 */
export class Clock implements ClockTime {
  readonly #source: TimeSource;
  readonly #tick: number;
  readonly #date = new HttpDate();
  #stop: (() => void) | null = null;
  now = 0;
  date = "";

  /**
   * @param shortest The shortest timeout that is counted by this clock, in milliseconds.
   * @param source The time.
   */
  constructor(shortest: number, source: TimeSource = RUNTIME_TIME) {
    this.#source = source;
    this.#tick = Math.max(MIN_TICK, Math.min(MAX_TICK, shortest / TICKS_PER_TIMEOUT));
  }

  /** Reads the time. */
  read(): void {
    this.now = this.#source.monotonic();
    this.date = this.#date.format(this.#source.wall());
  }

  /**
   * Reads the time now, and then with every tick, unless the clock runs already.
   *
   * @param onTick Called after each; deadlines are to be looked at. Not called after a tick that came so late that the thread
   * may not have read yet what clients sent in time: they get one tick more.
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

/** Makes a clock that is fine enough for timeouts. */
export function clockFor({ headers, idle, receive, send }: Timeouts): Clock {
  return new Clock(Math.min(headers, idle, receive, send));
}
