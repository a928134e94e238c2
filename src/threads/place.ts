import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import type { Statistics } from "../server/statistics.ts";
import type { Thread, ThreadKeeper } from "./thread.ts";

/** How many threads may die in a row before they have served anything, before the server gives up. */
const MAX_FAILED_STARTS = 3;

/** Milliseconds: a thread that has been ready for less has died young. */
const YOUNG = 1000;

/**
 * Milliseconds that lie between a thread's being ready and the start of its successor, when two have died young in a row. It
 * doubles with each further one, up to `YOUNG`: a thread that a request ends now and then is replaced at once, and threads
 * that die as soon as they are there do not take the processor from the others.
 */
const FIRST_PAUSE = 50;

/** Whoever looks after the places of a server. */
export interface PlaceKeeper {
  /** Starts a thread. */
  startThread(place: number, keeper: ThreadKeeper): Promise<Thread>;
  /** A thread can serve. */
  threadIsReady(thread: Thread): void;
  /** A thread can serve, or one of the connections that were passed to it has ended. */
  threadHasRoom(): void;
  /** The program is to be told. */
  threadError(error: unknown, request: RequestSummary | null): void;
  /** A thread has answered a request. */
  threadResponded(record: ResponseRecord): void;
  /** A thread has died, and another will start in its place. */
  threadLost(): void;
  /** One thread after another has died before it had served anything: there is to be no other. */
  placeFailed(error: unknown): void;
}

/** The place of one thread of a server: where one dies, the next one starts. */
export class Place implements ThreadKeeper {
  /** The counters of whichever thread is there. */
  readonly statistics: Statistics;
  /** The thread that is there, or still starts. */
  thread: Thread | null = null;
  readonly #number: number;
  readonly #keeper: PlaceKeeper;
  /** Whether a thread has been ready here: until then, the end of one is that of the server's start. */
  #begun = false;
  #closed = false;
  /** When the thread became ready, on the clock of `performance`; `null` before. */
  #readyAt: number | null = null;
  /** What had been counted here when the thread began. */
  #countedBefore = 0;
  /** How many threads have died in a row before they had served anything, */
  #failedStarts = 0;
  /** and how many young, whatever they had served. */
  #youngDeaths = 0;
  #pausing: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param number 0 to the number of threads less one.
   * @param statistics What its threads count in.
   * @param keeper Looks after it.
   */
  constructor(number: number, statistics: Statistics, keeper: PlaceKeeper) {
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

  /** Ends the thread: one that serves once it has finished, one that still starts, or hangs at that, at once. */
  async end(): Promise<void> {
    await (this.thread?.isReady ? this.thread.drain() : this.thread?.stop());
  }

  /** It may have to listen. */
  threadIsReady(thread: Thread): void {
    this.#keeper.threadIsReady(thread);
  }

  /** Connections may have waited for it. */
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

  /** Puts another in its place. */
  threadDied(_thread: Thread, error: unknown): void {
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
    if (this.#failedStarts >= MAX_FAILED_STARTS) return this.#keeper.placeFailed(error);
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
