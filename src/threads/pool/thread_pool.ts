import { handled } from "../../http/handled.ts";
import type { RequestSummary } from "../../exchange/request_summary.ts";
import type { ResponseRecord } from "../../exchange/response_record.ts";
import type { Address } from "../../net/socket.ts";
import type { TlsCredentials } from "../../net/tls.ts";
import type { AcceptWay, Running, ServerStats } from "../../server/listening.ts";
import { tellError, tellResponse } from "../../server/listeners.ts";
import { Statistics, STATISTICS_SIZE } from "../../server/statistics.ts";
import type { Acceptor, AcceptorPlan } from "./acceptor.ts";
import { prepareAcceptor } from "./prepare_acceptor.ts";
import { type Heartbeat, HeartbeatWatch, newHeartbeat } from "./heartbeat.ts";
import type { Outcomes, ThreadData } from "./thread_messages.ts";
import { ThreadSlot, type ThreadSlotKeeper } from "./thread_slot.ts";
import { Thread } from "./thread.ts";
import type { ThreadKeeper } from "./thread_keeper.ts";

/** Milliseconds that the other threads have to start or fail when one has failed. */
const START_GRACE = 2000;

/** The handler that a pool runs, and how. */
export interface PoolPlan extends Omit<AcceptorPlan, "leastBusy" | "hooked"> {
  /** The number of threads. */
  readonly threads: number;
  /** The URL of the module with the handler. */
  readonly module: string;
  /**
   * For a program to be joined at its `handle` call: the key of the call, and the outcomes of those before
   * it.
   */
  readonly join: { readonly key: string; readonly outcomes: Outcomes } | null;
  /** The `state` that the threads are given. */
  readonly state: unknown;
  /** The module that each thread runs, where it is not this library's own. */
  readonly worker: URL | null;
}

/** The threads of a server: started together, replaced when they die, ended together. */
export class ThreadPool implements Running, ThreadSlotKeeper {
  readonly #plan: PoolPlan;
  readonly #memory: SharedArrayBuffer;
  readonly #slots: readonly ThreadSlot[];
  readonly #heartbeat: Heartbeat | null;
  #watch: HeartbeatWatch | null = null;
  readonly #failed: PromiseWithResolvers<never> = Promise.withResolvers();
  #acceptor!: Acceptor;
  #acceptorDrained: Promise<void> | null = null;
  #isListening = false;
  #keepsProcess = true;
  #nextHooked = 0;
  #next = 0;

  private constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#heartbeat = newHeartbeat(plan.threads, plan.settings.timeouts.stuck);
    this.#memory = new SharedArrayBuffer(plan.threads * STATISTICS_SIZE);
    this.#slots = Array.from({ length: plan.threads }, (_, number) => {
      return new ThreadSlot(number, new Statistics(this.#memory, number * STATISTICS_SIZE), this);
    });
    handled(this.#failed.promise);
  }

  /**
   * Checks the address, starts the threads, and listens once all of them can serve.
   *
   * @returns The pool, once every thread can serve, or could and is being replaced.
   * @throws What kept a thread from that: the module's own error, say. Nothing is left running then.
   * @throws {ListenError} If the address cannot be bound.
   */
  static async start(plan: PoolPlan): Promise<ThreadPool> {
    const pool = new ThreadPool(plan);
    const acceptorPlan = { ...plan, leastBusy: () => pool.#leastBusy(), hooked: () => pool.#hooked() };
    pool.#acceptor = await prepareAcceptor(acceptorPlan, () => pool.#ready());
    try {
      await Promise.race([Promise.all(pool.#slots.map((slot) => slot.start())), pool.#failed.promise]);
      await Promise.race([pool.#acceptor.start(), pool.#failed.promise]);
      pool.#isListening = true;
      for (const thread of pool.#ready()) pool.#tellAddress(thread);
    } catch (error) {
      pool.#close();
      await pool.#ended([pool.#drainAcceptor(), pool.#endThreads()]);
      throw error;
    }
    pool.#watchThreads();
    return pool;
  }

  /** Looks for threads that are stuck, if the program wants that. */
  #watchThreads(): void {
    if (this.#heartbeat === null) return;
    const threads = this.#slots;
    this.#watch = new HeartbeatWatch(this.#heartbeat, this.#plan.settings.timeouts.stuck, {
      isBeating: (number) => threads[number]?.thread?.isReady === true,
      threadIsStuck: (number, silence) => void threads[number]?.thread?.isStuckFor(silence),
      threadIsBack: (number) => threads[number]?.thread?.isBack(),
    });
  }

  /** Stops replacing threads. */
  #close(): void {
    this.#watch?.stop();
    for (const slot of this.#slots) slot.close();
  }

  /** Drains once: a listener of the program's own need not allow being closed twice. */
  #drainAcceptor(): Promise<void> {
    return this.#acceptorDrained ??= this.#acceptor.drain();
  }

  /** Waits for all of the work. Failures go to `onError`, because nothing else waits for them. */
  async #ended(work: readonly (Promise<void> | undefined)[]): Promise<void> {
    for (const outcome of await Promise.allSettled(work)) {
      if (outcome.status === "rejected") this.threadError(outcome.reason, null);
    }
  }

  /**
   * Ends the threads: those that serve once they have finished, which close their sockets then (where a
   * thread is only ended, its port may be free a while later); those that still start, or hang at that,
   * without.
   */
  async #endThreads(): Promise<void> {
    await this.#startsSettled();
    await Promise.all(this.#slots.map((slot) => slot.end()));
  }

  /**
   * Node 22 crashes now and then when a thread is ended while it loads its modules: each is let come to its
   * end.
   */
  async #startsSettled(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, START_GRACE));
    await Promise.race([Promise.allSettled(this.#slots.map(({ thread }) => thread?.ready)), late]);
    clearTimeout(timer);
  }

  /** Starts a thread. */
  async startThread(slot: number, keeper: ThreadKeeper): Promise<Thread> {
    const thread = await Thread.start(this.#data(slot), keeper, this.#plan.worker);
    if (!this.#keepsProcess) thread.unref();
    return thread;
  }

  #data(thread: number): ThreadData {
    const { module, join, state, way, listenOptions: { tls }, secure, settings } = this.#plan;
    return {
      handoff: "thread",
      thread,
      module,
      ...(join === null ? {} : { join: join.key, outcomes: join.outcomes }),
      state,
      way,
      ...(tls === undefined ? {} : { tls }),
      secure,
      limits: settings.limits,
      timeouts: settings.timeouts,
      records: settings.onResponse !== null,
      trustProxy: settings.trustProxy,
      proxyProtocol: settings.proxyProtocol,
      statistics: this.#memory,
      heartbeat: this.#heartbeat,
    };
  }

  /** The bound address. */
  get address(): Address {
    return this.#acceptor.address;
  }

  /** The number of threads. */
  get threads(): number {
    return this.#plan.threads;
  }

  get accept(): AcceptWay {
    return this.#plan.way;
  }

  get secure(): boolean {
    return this.#plan.secure;
  }

  /** Rejects when threads have died at their start too often. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Lets every thread finish what it is at, and ends them. */
  async drain(): Promise<void> {
    this.#close();
    // The threads have to be there for the end of the requests.
    this.ref();
    for (const { thread } of this.#slots) thread?.post({ type: "draining" });
    try {
      await this.#drainAcceptor();
    } finally {
      await this.#endThreads();
    }
  }

  /** Gives up every connection. */
  cut(): void {
    this.#acceptor.cut();
    for (const { thread } of this.#slots) thread?.cut();
  }

  setCertificates(credentials: TlsCredentials): Promise<void> {
    return this.#acceptor.setCertificates(credentials);
  }

  ref(): void {
    this.#keepsProcess = true;
    this.#acceptor.ref();
    for (const { thread } of this.#slots) thread?.ref();
  }

  unref(): void {
    this.#keepsProcess = false;
    this.#acceptor.unref();
    for (const { thread } of this.#slots) thread?.unref();
  }

  /** The counters of all threads. */
  stats(): ServerStats {
    const threads = this.#slots.map(({ statistics }) => statistics.snapshot());
    const { statistics } = this.#acceptor;
    return statistics === null ? { threads } : { threads, acceptor: statistics.snapshot() };
  }

  /** Has the thread listen, where it is to. */
  threadIsReady(thread: Thread): void {
    this.#acceptor.threadIsReady(thread);
    if (this.#isListening) this.#tellAddress(thread);
  }

  #tellAddress(thread: Thread): void {
    thread.post({ type: "address", address: this.#acceptor.address });
  }

  /** Passes on connections that wait. */
  threadHasRoom(): void {
    this.#acceptor.threadHasRoom();
  }

  /** Tells the program. */
  threadError(error: unknown, request: RequestSummary | null): void {
    tellError(this.#plan.settings, error, request);
  }

  threadResponded(record: ResponseRecord): void {
    tellResponse(this.#plan.settings, record);
  }

  /** Has new connections wait for another thread where the thread was the last. */
  threadLost(): void {
    if (!this.#slots.some(({ thread }) => thread?.isReady)) this.#acceptor.nobodyIsThere();
  }

  /** Stops the server: it would start threads without end. */
  async slotFailed(error: unknown): Promise<void> {
    this.#close();
    this.#failed.reject(error);
    this.#acceptor.cut();
    await this.#ended([this.#drainAcceptor(), ...this.#slots.map(({ thread }) => thread?.stop())]);
  }

  /** The threads that can serve. */
  #ready(): Thread[] {
    return this.#slots.flatMap(({ thread }) => thread?.isReady ? [thread] : []);
  }

  #hooked(): Thread | null {
    if (!this.#slots.some(({ thread }) => thread?.hooks.connections)) return null;
    const ready = this.#ready();
    return ready[this.#nextHooked++ % Math.max(1, ready.length)] ?? null;
  }

  /** The thread with least to do, of those that are not stuck; in turn, where several have. */
  #leastBusy(): Thread | null {
    const count = this.#slots.length;
    let best: Thread | null = null;
    let least = Infinity;
    for (let i = 0; i < count; i++) {
      const { thread } = this.#slots[(this.#next + i) % count]!;
      if (!thread?.isReady || thread.isStuck || thread.busy >= least) continue;
      best = thread;
      least = thread.busy;
    }
    this.#next = (this.#next + 1) % count;
    return best;
  }
}
