import type { Address } from "../net/socket.ts";
import type { AcceptWay, Running, ServerStats } from "../server/listening.ts";
import { tellError } from "../server/service.ts";
import { Statistics, STATISTICS_SIZE } from "../server/statistics.ts";
import { type Acceptor, type AcceptorPlan, bindAcceptor } from "./acceptor.ts";
import { outcomesSoFar } from "./join.ts";
import type { ThreadData } from "./protocol.ts";
import { Thread, type ThreadKeeper } from "./thread.ts";

/** How often in a row a thread may die while it starts, before the server gives up. */
const MAX_FAILED_STARTS = 3;

/** Milliseconds after which a thread that was told to cut its connections, and may be stuck, is ended. */
const CUT_GRACE = 500;

/** Milliseconds that the other threads have to start or fail when one has failed. */
const START_GRACE = 2000;

/** What a pool is to run. */
export interface PoolPlan extends Omit<AcceptorPlan, "leastBusy" | "hooked"> {
  /** How many threads. */
  readonly threads: number;
  /** The URL of the module with the handler. */
  readonly module: string;
  /** For a program to be joined at its `handle` call: which one. */
  readonly join: string | null;
  /** What the threads are given. */
  readonly state: unknown;
}

/** The threads of a server: started together, replaced when they die, ended together. */
export class ThreadPool implements Running, ThreadKeeper {
  readonly #plan: PoolPlan;
  readonly #memory: SharedArrayBuffer;
  readonly #statistics: Statistics[];
  readonly #failed: PromiseWithResolvers<never> = Promise.withResolvers();
  #acceptor!: Acceptor;
  #threads: (Thread | null)[] = [];
  #closing = false;
  /** For each thread, whether one has been ready in its place: until then, its end is that of the start. */
  readonly #served: boolean[];
  /** For each thread, how often in a row it has died while it started. */
  readonly #failedStarts: number[];
  #nextHooked = 0;
  #next = 0;

  private constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#memory = new SharedArrayBuffer(plan.threads * STATISTICS_SIZE);
    this.#statistics = Array.from(
      { length: plan.threads },
      (_, thread) => new Statistics(this.#memory, thread * STATISTICS_SIZE),
    );
    this.#served = new Array(plan.threads).fill(false);
    this.#failedStarts = new Array(plan.threads).fill(0);
    this.#failed.promise.catch(() => {});
  }

  /**
   * Binds the address and starts the threads.
   *
   * @returns The pool, once every thread can serve, or could and is being replaced.
   * @throws What kept a thread from that: the module's own error, say. Nothing is left running then.
   * @throws {ListenError} If the address cannot be bound.
   */
  static async start(plan: PoolPlan): Promise<ThreadPool> {
    const pool = new ThreadPool(plan);
    pool.#acceptor = await bindAcceptor({
      ...plan,
      leastBusy: () => pool.#leastBusy(),
      hooked: () => pool.#hooked(),
    });
    try {
      const starts = Array.from({ length: plan.threads }, (_, index) => pool.#begin(index));
      await Promise.race([Promise.all(starts), pool.#failed.promise]);
    } catch (error) {
      pool.#closing = true;
      await Promise.all([pool.#acceptor.drain(), pool.#endThreads()]);
      throw error;
    }
    pool.#acceptor.start();
    return pool;
  }

  async #begin(index: number): Promise<void> {
    const thread = await Thread.start(this.#data(index), this);
    this.#threads[index] = thread;
    await thread.ready;
    this.#served[index] = true;
  }

  /**
   * Ends the threads: those that serve once they have finished, which close their sockets then (where a thread is only
   * ended, its port may be free a while later); those that still start, or hang at that, without.
   */
  async #endThreads(): Promise<void> {
    await this.#startsSettled();
    await Promise.all(this.#threads.map((thread) => thread?.isReady ? thread.drain() : thread?.stop()));
  }

  /** Node 22 crashes now and then when a thread is ended while it loads its modules: each is let come to its end. */
  async #startsSettled(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, START_GRACE));
    await Promise.race([Promise.allSettled(this.#threads.map((thread) => thread?.ready)), late]);
    clearTimeout(timer);
  }

  #data(thread: number): ThreadData {
    const { module, join, state, way, listenOptions: { tls }, secure, settings } = this.#plan;
    return {
      handoff: "thread",
      thread,
      module,
      ...(join === null ? {} : { join, outcomes: outcomesSoFar() }),
      state,
      way,
      address: this.#acceptor.address,
      ...(tls === undefined ? {} : { tls }),
      secure,
      limits: settings.limits,
      timeouts: settings.timeouts,
      statistics: this.#memory,
    };
  }

  /** What is listened on. */
  get address(): Address {
    return this.#acceptor.address;
  }

  /** How many threads there are. */
  get threads(): number {
    return this.#plan.threads;
  }

  /** How they share connections. */
  get accept(): AcceptWay {
    return this.#plan.way;
  }

  /** Rejects when a thread has died too often. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Lets every thread finish what it is at, and ends them. */
  async drain(): Promise<void> {
    this.#closing = true;
    for (const thread of this.#threads) thread?.post({ type: "draining" });
    await this.#acceptor.drain();
    await this.#endThreads();
  }

  /** Gives up every connection. */
  cut(): void {
    this.#acceptor.cut();
    for (const thread of this.#threads) {
      thread?.post({ type: "cut" });
      setTimeout(() => thread?.stop(), CUT_GRACE);
    }
  }

  /** What was counted. */
  stats(): ServerStats {
    const threads = this.#statistics.map((statistics) => statistics.snapshot());
    const { statistics } = this.#acceptor;
    return statistics === null ? { threads } : { threads, acceptor: statistics.snapshot() };
  }

  /** Connections may have waited for it. */
  threadHasRoom(): void {
    this.#acceptor.threadHasRoom();
  }

  /** Tells the program. */
  threadError(error: unknown): void {
    tellError(this.#plan.settings, error);
  }

  /** Tells the program, which may wait for it in vain. */
  threadIsSlow(thread: Thread, error: Error): void {
    this.#statistics[thread.data.thread]?.error();
    this.threadError(error);
  }

  /** Puts another in its place. */
  threadDied(thread: Thread, error: Error): void {
    const index = thread.data.thread;
    if (this.#served[index]) this.#lost(index, error);
  }

  #lost(index: number, error: Error): void {
    if (this.#closing) return;
    this.threadError(error);
    this.#threads[index] = null;
    this.#statistics[index]?.error();
    this.#statistics[index]?.restarted();
    if (!this.#threads.some((thread) => thread?.isReady)) this.#acceptor.nobodyIsThere();
    this.#replace(index, error);
  }

  async #replace(index: number, because: Error): Promise<void> {
    const failed = this.#failedStarts[index] ?? 0;
    if (failed >= MAX_FAILED_STARTS) return this.#giveUp(because);
    this.#failedStarts[index] = failed + 1;
    let thread: Thread;
    try {
      thread = await Thread.start(this.#data(index), this);
    } catch (error) {
      return this.#lost(index, error as Error);
    }
    if (this.#closing) return await thread.stop();
    this.#threads[index] = thread;
    // Where it dies while it starts, threadDied is told, and tries again or gives up.
    await thread.ready.then(() => this.#failedStarts[index] = 0, () => {});
  }

  async #giveUp(error: Error): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#failed.reject(error);
    this.#acceptor.cut();
    await Promise.all([this.#acceptor.drain(), ...this.#threads.map((thread) => thread?.stop())]);
  }

  #hooked(): Thread | null {
    if (!this.#threads.some((thread) => thread?.hooks.connections)) return null;
    const ready = this.#threads.filter((thread) => thread?.isReady);
    return ready[this.#nextHooked++ % Math.max(1, ready.length)] ?? null;
  }

  /** The thread with least to do; in turn, where several have. */
  #leastBusy(): Thread | null {
    const count = this.#threads.length;
    let best: Thread | null = null;
    let least = Infinity;
    for (let i = 0; i < count; i++) {
      const thread = this.#threads[(this.#next + i) % count];
      if (!thread?.isReady || thread.busy >= least) continue;
      best = thread;
      least = thread.busy;
    }
    this.#next = (this.#next + 1) % Math.max(1, count);
    return best;
  }
}
