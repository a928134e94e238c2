import { handled } from "../../http/handled.ts";
import type { RemoteAddress } from "../../http/request.ts";
import type { Address } from "../../net/socket.ts";
import type { TlsCredentials } from "../../net/tls.ts";
import { Channel, readBatch, type TakeRecord } from "../dispatch/channel.ts";
import type { DispatchedExchange, DispatchTarget } from "../dispatch/dispatched_exchange.ts";
import { receiveError } from "./posted_error.ts";
import { receiveRecord, receiveSummary } from "./posted_record.ts";
import {
  type FromThread,
  type Hooks,
  isFromThread,
  type ThreadData,
  type ToThread,
} from "./thread_messages.ts";
import { IdTable } from "../dispatch/id_table.ts";
import { CONNECTION_END, CONNECTION_START } from "../dispatch/messages.ts";
import { toAddressRecord } from "../dispatch/request_record.ts";
import { slowStartError, strangerError, stuckError, ThreadDeath } from "./thread_death.ts";
import type { ThreadKeeper } from "./thread_keeper.ts";
import { stackOfThread } from "./thread_stack.ts";
import { defaultWorker, type NodeWorker, startWorker } from "../worker_threads.ts";

/** Milliseconds after which `onError` is told that a thread has not started: its module may never end. */
const SLOW_START = 30_000;

/** Milliseconds after which a thread that was told to cut its connections is ended: it is stuck. */
const CUT_GRACE = 500;

/** One thread of a server, seen from the thread that started it. */
export class Thread implements DispatchTarget {
  readonly data: ThreadData;
  readonly channel: Channel;
  readonly #worker: NodeWorker;
  readonly #keeper: ThreadKeeper;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #drained: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Settles when the thread listens or has failed to; `null` before it was told to. */
  #listening: PromiseWithResolvers<void> | null = null;
  /** Settles when the thread has replaced its certificates or has failed to; `null` before it was told to. */
  #certificatesSet: PromiseWithResolvers<void> | null = null;
  readonly #exchanges = new IdTable<DispatchedExchange>();
  #nextId = 0;
  #connections = 0;
  #stopped = false;
  /** Settles once the worker is gone, from when it is ended on. */
  #ending: Promise<unknown> | null = null;
  readonly #slowStart: ReturnType<typeof setTimeout>;
  #cutting: ReturnType<typeof setTimeout> | undefined;
  readonly #death: ThreadDeath;
  #metStranger = false;
  /** `true` if the handler has been loaded and the thread can serve. */
  isReady = false;
  /** `true` if the thread listens on a port that it shares with others. */
  isListening = false;
  /** `true` if the thread has been at one piece of work for too long, and gets no other. */
  isStuck = false;
  /** The optional methods that the handler has. */
  hooks: Hooks = { connections: false };

  private constructor(worker: NodeWorker, data: ThreadData, keeper: ThreadKeeper, module: URL) {
    this.#worker = worker;
    this.#death = new ThreadDeath(data.thread, module);
    this.data = data;
    this.#keeper = keeper;
    this.channel = new Channel(worker);
    handled(this.#ready.promise);
    this.#slowStart = setTimeout(() => keeper.threadFault(slowStartError(data, SLOW_START)), SLOW_START);
    worker.on("message", (message) => this.#message(message));
    worker.on("messageerror", (error) => this.#unreadable(error));
    worker.on("error", (error) => this.#death.runtimeError(error));
    worker.on("exit", (code) => this.#exited(code));
  }

  /**
   * Starts a thread.
   *
   * @param data What the thread is to do.
   * @param keeper Receives what happens to it.
   * @param module The module that the thread runs, where it is not the one beside this.
   */
  static async start(data: ThreadData, keeper: ThreadKeeper, module: URL | null = null): Promise<Thread> {
    const url = module ?? defaultWorker();
    return new Thread(await startWorker(url, data), data, keeper, url);
  }

  /** Resolves when the thread can serve; rejects with what kept it from that. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Number of requests in progress on the thread, or of open connections that were passed to it. */
  get busy(): number {
    return this.#exchanges.size + this.#connections;
  }

  /** `true` if the thread was ever given a request or told of a connection. */
  get wasUsed(): boolean {
    return this.#nextId > 0;
  }

  /**
   * Has the thread listen on an address that it shares with others, in place of another that it was told
   * before.
   *
   * @param address The address.
   * @param credentials Certificates in the place of those that the thread was started with.
   * @throws {ListenError} If the thread cannot.
   * @throws What the thread died of meanwhile.
   */
  async listen(address: Address, credentials: TlsCredentials | null = null): Promise<void> {
    this.#listening?.reject(new Error(`Thread ${this.data.thread} was told to listen elsewhere`));
    this.#listening = Promise.withResolvers();
    this.isListening = false;
    handled(this.#listening.promise);
    if (this.#stopped) this.#listening.reject(new Error(`Thread ${this.data.thread} has ended`));
    this.post({ type: "listen", address, credentials });
    await this.#listening.promise;
  }

  /**
   * Has the thread replace its certificates, where it listens. One call at a time.
   *
   * @throws {ListenError} If the thread cannot.
   * @throws What the thread died of meanwhile.
   */
  async setCertificates(credentials: TlsCredentials): Promise<void> {
    this.#certificatesSet = Promise.withResolvers();
    if (this.#stopped) this.#certificatesSet.reject(new Error(`Thread ${this.data.thread} has ended`));
    this.post({ type: "setCertificates", credentials });
    await this.#certificatesSet.promise;
  }

  /** Keeps the process while the thread runs. */
  ref(): void {
    if (!this.#stopped) this.#worker.ref();
  }

  /** Lets the process end although the thread runs. */
  unref(): void {
    if (!this.#stopped) this.#worker.unref();
  }

  /** Posts a message. */
  post(message: ToThread): void {
    if (!this.#stopped) this.#worker.postMessage(message);
  }

  /**
   * Hands a connection over.
   *
   * @throws {Error} If it has been closed.
   */
  passConnection(socket: unknown): void {
    this.#worker.postMessage({ type: "connection", socket } satisfies ToThread, [socket]);
    this.#connections++;
  }

  /** Takes an exchange in. */
  add(exchange: DispatchedExchange): number {
    const id = this.#nextId++;
    this.#exchanges.set(id, exchange);
    return id;
  }

  /** The exchange is over. */
  remove(id: number): void {
    this.#exchanges.remove(id);
  }

  /** Tells the handler of a connection; by which number it will be told of its end. */
  connectionStarted(address: RemoteAddress): number {
    const id = this.#nextId++;
    this.channel.send(CONNECTION_START, id, ...toAddressRecord(address));
    return id;
  }

  /** Tells it of the connection's end. */
  connectionEnded(id: number): void {
    this.channel.send(CONNECTION_END, id);
  }

  /**
   * Has the thread give up its connections at once. It ends once its handlers have come to theirs, or late.
   */
  cut(): void {
    if (this.#stopped) return;
    this.post({ type: "cut" });
    this.#cutting ??= setTimeout(() => this.stop(), CUT_GRACE);
  }

  /** Lets the thread finish what it is at, and ends it. */
  async drain(): Promise<void> {
    this.channel.flush();
    this.post({ type: "drain" });
    await this.#drained.promise;
    await this.stop();
  }

  /** Ends the thread at once, and resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.isReady = false;
      clearTimeout(this.#slowStart);
      clearTimeout(this.#cutting);
      this.#ending = this.#worker.terminate();
      const error = new Error(`Thread ${this.data.thread} was ended`);
      this.#ready.reject(error);
      this.#listening?.reject(error);
      this.#certificatesSet?.reject(error);
      this.#drained.resolve();
      for (const exchange of this.#exchanges.removeAll()) exchange.threadDied();
    }
    await this.#ending;
  }

  /**
   * Takes a message. The handler's module may post too, whatever it likes, and nothing of it may harm this
   * thread.
   */
  #message(message: unknown): void {
    try {
      if (Array.isArray(message)) readBatch(message, this.#dispatched);
      else if (isFromThread(message)) this.#told(message);
      else this.#strange();
    } catch (error) {
      this.#keeper.threadFault(error);
    }
  }

  #told(message: FromThread): void {
    // Messages that were on their way when the thread was ended change nothing any more, but errors are told.
    if (this.#stopped && message.type !== "error") return;
    if (message.type === "begun") {
      this.#death.begun();
    } else if (message.type === "ready") {
      this.isReady = true;
      clearTimeout(this.#slowStart);
      this.hooks = message.hooks;
      this.#ready.resolve();
      this.#keeper.threadIsReady();
      this.#keeper.threadHasRoom();
    } else if (message.type === "listening") {
      this.isListening = true;
      this.#listening?.resolve();
    } else if (message.type === "listenFailed") {
      this.#listening?.reject(receiveError(message.error));
    } else if (message.type === "certificatesSet") {
      this.#certificatesSet?.resolve();
    } else if (message.type === "certificatesFailed") {
      this.#certificatesSet?.reject(receiveError(message.error));
    } else if (message.type === "connectionEnded") {
      this.#connections--;
      this.#keeper.threadHasRoom();
    } else if (message.type === "drained") {
      this.#drained.resolve();
    } else if (message.type === "error") {
      const { error, request } = message;
      this.#keeper.threadError(receiveError(error), receiveSummary(request));
    } else if (message.type === "responses") {
      for (const record of message.records) this.#keeper.threadResponded(receiveRecord(record));
    } else if (message.type === "uncaught") {
      this.#death.uncaughtError(receiveError(message.error));
    } else {
      this.fail(receiveError(message.error));
    }
  }

  /** A message that cannot be read may be the one that tells why the thread cannot start. */
  #unreadable(error: Error): void {
    if (this.isReady) this.#keeper.threadFault(error);
    else this.fail(error);
  }

  /** Tells once of messages that are not the server's. */
  #strange(): void {
    if (this.#metStranger) return;
    this.#metStranger = true;
    this.#keeper.threadFault(strangerError(this.data));
  }

  /**
   * Marks the thread as stuck, and ends it as one that has died of that. Deno cannot end it: there it only
   * gets no requests until it is back.
   *
   * @param silence Milliseconds since its event loop last turned.
   */
  async isStuckFor(silence: number): Promise<void> {
    this.isStuck = true;
    const stays = "Deno" in globalThis;
    const outcome = stays ? "it gets no requests until it is done with that" : "it is ended";
    const stack = await stackOfThread(this.#worker.threadId);
    const error = stuckError(this.data.thread, silence, outcome, stack);
    if (!this.isStuck || this.#stopped) return;
    if (stays) this.#keeper.threadFault(error);
    else this.fail(error);
  }

  /** The thread has come to the end of the work that it was stuck in. */
  isBack(): void {
    this.isStuck = false;
  }

  /** Ends the thread as one that has died of an error. */
  fail(error: unknown): void {
    if (this.#stopped) return;
    this.#death.endedFor(error);
    // On Deno the worker tells of its exit before this returns.
    this.#ending = this.#worker.terminate();
    this.#exited(1);
  }

  readonly #dispatched: TakeRecord = (operation, id, operands, at) => {
    const exchange = this.#exchanges.get(id);
    try {
      exchange?.message(operation, operands, at);
    } catch (error) {
      exchange?.failed(error);
    }
  };

  #exited(code: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.isReady = false;
    clearTimeout(this.#slowStart);
    clearTimeout(this.#cutting);
    const error = this.#death.error(code);
    this.#ready.reject(error);
    this.#listening?.reject(error);
    this.#certificatesSet?.reject(error);
    this.#drained.resolve();
    for (const exchange of this.#exchanges.removeAll()) exchange.threadDied();
    this.#keeper.threadDied(error);
  }
}
