import { ListenError } from "../../net/errors.ts";
import { listen } from "../../net/listen.ts";
import type { Address, TcpAddress } from "../../net/socket.ts";
import { notSecure, type TlsCredentials } from "../../net/tls.ts";
import type { Statistics } from "../../server/statistics.ts";
import type { Acceptor, AcceptorPlan } from "./acceptor.ts";
import { countListeners } from "./port_listeners.ts";
import { withPortLock } from "./port_lock.ts";
import { FallbackListener } from "./fallback_listener.ts";
import type { Thread } from "./thread.ts";

/** Attempts at a free port, which another process may take before the threads listen on it. */
const MAX_ATTEMPTS = 5;

/**
 * Has every thread listen on the same port (`SO_REUSEPORT`), once all of them can serve.
 *
 * The kernel lets any process of the same user join a port that is shared, and tells neither. So the port
 * must have no listener just before the threads listen, and afterwards none but theirs. A lock keeps two
 * servers of this library from looking at the same time. While no thread is there, the calling thread listens
 * in their place.
 */
export class SharedPort implements Acceptor {
  readonly #plan: AcceptorPlan;
  /** The address to bind: an IP address, and 0 for any port. */
  readonly #wanted: TcpAddress;
  readonly #threads: () => readonly Thread[];
  #address: TcpAddress | null = null;
  #fallback: FallbackListener | null = null;
  /** The certificates that have taken the place of those of the plan. */
  #credentials: TlsCredentials | null = null;

  /**
   * @param plan Where to listen, and how.
   * @param hostname The IP address of the plan's host.
   * @param threads The threads that can serve.
   */
  constructor(plan: AcceptorPlan, hostname: string, threads: () => readonly Thread[]) {
    this.#plan = plan;
    this.#wanted = { hostname, port: (plan.address as TcpAddress).port };
    this.#threads = threads;
  }

  /** The bound address; before that, the one that is to be bound. */
  get address(): Address {
    return this.#address ?? this.#wanted;
  }

  async start(): Promise<void> {
    const address = await withPortLock(this.#wanted, () => this.#listen());
    this.#address = address;
    this.#fallback = new FallbackListener(address, this.#plan.listenOptions, this.#plan);
    // Threads that came to be able to serve meanwhile, in place of others that died.
    for (const thread of this.#threads()) this.threadIsReady(thread);
  }

  async #listen(): Promise<TcpAddress> {
    for (let attempt = 1;; attempt++) {
      const address = await this.#freeAddress();
      try {
        await this.#listenOn(address);
        return address;
      } catch (error) {
        const isTaken = error instanceof ListenError && error.code === "EADDRINUSE";
        if (this.#wanted.port !== 0 || !isTaken || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Finds out that nobody listens on the address: without a socket where the system tells that nobody can be
   * in the way, since a connection that came to a socket of ours now would be lost when it is closed.
   */
  async #freeAddress(): Promise<TcpAddress> {
    const wanted = this.#wanted;
    if (wanted.port !== 0 && await countListeners(wanted) === 0) return wanted;
    return await reserve({ ...this.#plan, address: wanted }) as TcpAddress;
  }

  async #listenOn(address: TcpAddress): Promise<void> {
    const threads = this.#threads();
    const before = await countListeners(address);
    const outcomes = await Promise.allSettled(threads.map((thread) => thread.listen(address)));
    for (const outcome of outcomes) {
      // A thread that died meanwhile is replaced; each of the others has to listen.
      if (outcome.status === "rejected" && outcome.reason instanceof ListenError) throw outcome.reason;
    }
    const after = await countListeners(address);
    if (before !== null && after !== null && after > before + threads.length) {
      throw new ListenError(address, "EADDRINUSE");
    }
  }

  /** Has a thread listen that takes the place of another. */
  async threadIsReady(thread: Thread): Promise<void> {
    if (this.#address === null || thread.isListening) return;
    try {
      await thread.listen(this.#address, this.#credentials);
    } catch (error) {
      return thread.fail(error);
    }
    this.#fallback?.threadIsThere();
  }

  threadHasRoom(): void {}

  nobodyIsThere(): void {
    this.#fallback?.nobodyIsThere();
  }

  async setCertificates(credentials: TlsCredentials): Promise<void> {
    if (this.#plan.listenOptions.tls === undefined) throw notSecure();
    const threads = this.#threads();
    await setOn(threads, credentials);
    await this.#fallback?.setCertificates(credentials);
    this.#credentials = credentials;
    // Threads that came to be able to serve meanwhile, in place of others that died.
    await setOn(this.#threads().filter((thread) => !threads.includes(thread)), credentials);
  }

  ref(): void {
    this.#fallback?.ref();
  }

  unref(): void {
    this.#fallback?.unref();
  }

  async drain(): Promise<void> {
    await this.#fallback?.drain();
  }

  cut(): void {
    this.#fallback?.cut();
  }

  get statistics(): Statistics | null {
    return this.#fallback?.statistics ?? null;
  }
}

/**
 * Replaces the certificates of threads. One that dies meanwhile is replaced.
 *
 * @throws What keeps a thread from using them.
 */
async function setOn(threads: readonly Thread[], credentials: TlsCredentials): Promise<void> {
  const outcomes = await Promise.allSettled(threads.map((thread) => thread.setCertificates(credentials)));
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "rejected" && threads[i]!.isReady) throw outcome.reason;
  }
}

/**
 * Binds an address to nobody else's, and leaves it again: to find a free port, and to fail before threads are
 * started where it cannot be bound.
 *
 * @returns The address that was bound.
 * @throws {ListenError} If it cannot be bound.
 */
export async function reserve({ address, listenOptions }: AcceptorPlan): Promise<Address> {
  const listener = await listen(address, listenOptions);
  await listener.close();
  return listener.address;
}
