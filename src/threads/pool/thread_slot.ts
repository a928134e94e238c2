import type { RequestSummary } from "../../exchange/request_summary.ts";
import type { ResponseRecord } from "../../exchange/response_record.ts";
import type { Statistics } from "../../server/statistics.ts";
import type { Thread } from "./thread.ts";
import type { ThreadKeeper } from "./thread_keeper.ts";

/** Consecutive threads that may die before they have served anything; then the server gives up. */
const MAX_FAILED_STARTS = 3;

/** Milliseconds: a thread that has been ready for less has died young. */
const YOUNG = 1000;

/**
 * Milliseconds that lie between a thread's being ready and the start of its successor, when two have died
 * young in a row. It doubles with each further one, up to `YOUNG`: a thread that a request ends now and then
 * is replaced at once, and threads that die as soon as they are there do not take the processor from the
 * others.
 */
const FIRST_PAUSE = 50;

/** Starts the threads of all slots, and receives what happens to them. */
export interface ThreadSlotKeeper {
  /** Starts a thread. */
  startThread(slot: number, keeper: ThreadKeeper): Promise<Thread>;
  /** A thread can serve. */
  threadIsReady(thread: Thread): void;
  /** A thread can serve, or one of the connections that were passed to it has ended. */
  threadHasRoom(): void;
  /** The program is to be told. */
  threadError(error: unknown, request: RequestSummary | null): void;
  /** A thread has answered a request. */
  threadResponded(record: ResponseRecord): void;
  /** A thread has died, and another will take its slot. */
  threadLost(): void;
  /** One thread after another has died before it had served anything: there is to be no other. */
  slotFailed(error: unknown): void;
}

/** A numbered slot for one thread of a server: when the thread dies, another takes the slot. */
export class ThreadSlot implements ThreadKeeper {
  /** The counters of the thread in the slot. */
  readonly statistics: Statistics;
  /** The thread in the slot; it may still be starting. */
  thread: Thread | null = null;
  readonly #number: number;
  readonly #keeper: ThreadSlotKeeper;
  /**
   * `true` if a thread has been ready in this slot. Before that, the death of one fails the start of the
   * server.
   */
  #begun = false;
  #closed = false;
  /** When the thread became ready, on the clock of `performance`; `null` before. */
  #readyAt: number | null = null;
  /** The count of requests and connections when the thread started. */
  #countedBefore = 0;
  /** Consecutive threads that died before they had served anything. */
  #failedStarts = 0;
  /** Consecutive threads that died young, whatever they had served. */
  #youngDeaths = 0;
  #pausing: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param number 0 to the number of threads less one.
   * @param statistics The counters of its threads.
   * @param keeper Starts threads, and receives what happens to them.
   */
  constructor(number: number, statistics: Statistics, keeper: ThreadSlotKeeper) {
    this.#number = number;
    this.statistics = statistics;
    this.#keeper = keeper;
  }

  /**
   * Starts the first thread, and resolves when it can serve.
   *
   * @throws What keeps it from that.
   */
  async start(): Promise<void> {
    await this.#startThread();
    await this.thread?.ready;
    this.#begun = true;
  }

  async #startThread(): Promise<void> {
    this.#readyAt = null;
    this.#countedBefore = this.#counted();
    const thread = await this.#keeper.startThread(this.#number, this);
    this.thread = thread;
    if (this.#closed) return await thread.stop();
    thread.ready.then(() => this.#readyAt = performance.now(), () => {});
  }

  /** From now on no thread is replaced. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#pausing);
  }

  /**
   * Ends the thread: one that serves once it has finished, one that still starts, or hangs at that, at once.
   */
  async end(): Promise<void> {
    await (this.thread?.isReady ? this.thread.drain() : this.thread?.stop());
  }

  /** Has the thread listen, where it is to. */
  threadIsReady(): void {
    if (this.thread !== null) this.#keeper.threadIsReady(this.thread);
  }

  /** Passes on connections that wait. */
  threadHasRoom(): void {
    this.#keeper.threadHasRoom();
  }

  /** Tells the program. */
  threadError(error: unknown, request: RequestSummary | null): void {
    this.#keeper.threadError(error, request);
  }

  threadResponded(record: ResponseRecord): void {
    this.#keeper.threadResponded(record);
  }

  /** Counts the error and tells the program. */
  threadFault(error: unknown): void {
    this.statistics.error();
    this.#keeper.threadError(error, null);
  }

  /** Replaces the thread. */
  threadDied(error: unknown): void {
    if (this.#begun) this.#lost(error);
  }

  #lost(error: unknown): void {
    this.#countDeath();
    this.thread = null;
    this.statistics.error();
    this.statistics.died();
    this.#keeper.threadError(error, null);
    // The program may close the server when it is told.
    if (this.#closed) return;
    this.statistics.restarted();
    this.#keeper.threadLost();
    if (this.#failedStarts >= MAX_FAILED_STARTS) return this.#keeper.slotFailed(error);
    const pause = this.#pause();
    if (pause > 0) this.#pausing = setTimeout(() => this.#replace(), pause);
    else this.#replace();
  }

  async #replace(): Promise<void> {
    try {
      await this.#startThread();
    } catch (error) {
      this.#lost(error);
    }
  }

  /** A thread that was given something to do has started well, even if that was its end. */
  #countDeath(): void {
    const isYoung = this.#age() < YOUNG;
    const wasUsed = this.thread?.wasUsed === true || this.#counted() > this.#countedBefore;
    this.#failedStarts = isYoung && !wasUsed ? this.#failedStarts + 1 : 0;
    this.#youngDeaths = isYoung ? this.#youngDeaths + 1 : 0;
  }

  /** Milliseconds that the thread has been ready. */
  #age(): number {
    return this.#readyAt === null ? 0 : performance.now() - this.#readyAt;
  }

  #pause(): number {
    if (this.#youngDeaths < 2) return 0;
    return Math.min(YOUNG, FIRST_PAUSE * 2 ** (this.#youngDeaths - 2)) - this.#age();
  }

  #counted(): number {
    const { requests, acceptedConnections } = this.statistics.snapshot();
    return requests + acceptedConnections;
  }
}
