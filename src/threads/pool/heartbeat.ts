import { timerHolds } from "../../net/longest_delay.ts";
import { unrefTimer } from "../../net/unref_timer.ts";

/** Times that a thread beats, and is looked at, while it may be silent. */
const BEATS = 4;

/** The shortest interval between two beats, in milliseconds. */
const MIN_INTERVAL = 5;

/** The means by which a thread shows that its event loop turns. */
export interface Heartbeat {
  /** A counter for each thread, which the thread increments. */
  readonly counters: Int32Array<SharedArrayBuffer>;
  /** Milliseconds between two beats. */
  readonly interval: number;
}

/**
 * Makes the counters of all threads.
 *
 * @param threads The number of threads.
 * @param stuck Milliseconds that a thread may be silent.
 * @returns `null` where threads may be silent for longer than a timer can wait: nothing is watched then.
 */
export function newHeartbeat(threads: number, stuck: number): Heartbeat | null {
  if (!timerHolds(stuck)) return null;
  const counters = new Int32Array(new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT));
  return { counters, interval: Math.max(MIN_INTERVAL, stuck / BEATS) };
}

/** Lets the calling thread beat from now on. */
export function startBeating({ counters, interval }: Heartbeat, thread: number): void {
  setInterval(() => Atomics.add(counters, thread, 1), interval);
}

/** Receives which threads are silent. */
export interface HeartbeatListener {
  /** `true` if a thread is there that beats. */
  isBeating(thread: number): boolean;
  /** A thread has been silent for too long. Called once, until it beats again. */
  threadIsStuck(thread: number, silence: number): void;
  /** A thread that was silent for too long beats again. */
  threadIsBack(thread: number): void;
}

/** Watches the heartbeats of all threads from another thread. It does not keep the process. */
export class HeartbeatWatch {
  readonly #heartbeat: Heartbeat;
  readonly #stuck: number;
  readonly #listener: HeartbeatListener;
  readonly #seen: { count: number; at: number; stuck: boolean }[];
  #lookedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * Begins to watch.
   *
   * @param heartbeat The counters.
   * @param stuck Milliseconds that a thread may be silent.
   * @param listener Receives which threads are silent.
   */
  constructor(heartbeat: Heartbeat, stuck: number, listener: HeartbeatListener) {
    this.#heartbeat = heartbeat;
    this.#stuck = stuck;
    this.#listener = listener;
    this.#seen = Array.from(heartbeat.counters, () => ({ count: -1, at: 0, stuck: false }));
    this.#timer = setInterval(() => this.#look(), heartbeat.interval);
    unrefTimer(this.#timer);
  }

  /** Watches no longer. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const { counters, interval } = this.#heartbeat;
    // This thread was busy, or the whole process was stopped: nobody can tell how long the others were
    // silent.
    const isLate = now - this.#lookedAt > 2 * interval;
    this.#lookedAt = now;
    for (const [thread, seen] of this.#seen.entries()) {
      const count = Atomics.load(counters, thread);
      if (isLate || count !== seen.count || !this.#listener.isBeating(thread)) {
        if (seen.stuck && count !== seen.count) this.#listener.threadIsBack(thread);
        seen.stuck &&= count === seen.count;
        seen.count = count;
        seen.at = now;
      } else if (!seen.stuck && now - seen.at >= this.#stuck) {
        seen.stuck = true;
        this.#listener.threadIsStuck(thread, now - seen.at);
      }
    }
  }
}
