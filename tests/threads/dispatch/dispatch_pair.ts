import { memoryListener, type MemoryNetwork } from "../../../src/net/memory.ts";
import { type Handler, type HandlerFunction, toHandler } from "../../../src/exchange/handler.ts";
import { resolveOptions, type TimeoutOptions } from "../../../src/server/options.ts";
import { clockFor } from "../../../src/server/clock.ts";
import { ConnectionContext } from "../../../src/server/connection_context.ts";
import { Statistics, STATISTICS_SIZE } from "../../../src/server/statistics.ts";
import { DispatchedRequests } from "../../../src/threads/dispatch/dispatched_requests.ts";
import { dispatchingConnections } from "../../../src/threads/dispatch/dispatching_connections.ts";
import { OPERANDS } from "../../../src/threads/dispatch/messages.ts";
import type { ThreadData } from "../../../src/threads/pool/thread_messages.ts";
import { Thread } from "../../../src/threads/pool/thread.ts";
import type { ThreadKeeper } from "../../../src/threads/pool/thread_keeper.ts";
import type { NodeWorker } from "../../../src/threads/worker_threads.ts";

/** One message of a batch. */
export interface PostedRecord {
  readonly to: "handler" | "acceptor";
  readonly operation: number;
  readonly exchange: number;
  readonly operands: readonly unknown[];
}

/** Dispatch in memory, and what can be seen of it. */
export interface DispatchPair extends AsyncDisposable {
  readonly connect: MemoryNetwork["connect"];
  /** What `onError` was told, on either thread. */
  readonly errors: unknown[];
  /** What was posted so far. */
  readonly records: PostedRecord[];
  /** Posts records that the other thread would not. */
  post(to: PostedRecord["to"], batch: readonly unknown[]): void;
}

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/**
 * The thread that parses and the one that handles, both on this thread: batches are cloned, and arrive in
 * another turn.
 */
export async function dispatchPair(
  handler: Handler | HandlerFunction,
  timeouts: TimeoutOptions = {},
): Promise<DispatchPair> {
  const errors: unknown[] = [];
  const records: PostedRecord[] = [];
  const settings = resolveOptions({ timeouts, onError: (error) => void errors.push(error) }, () => {});
  const clock = clockFor(settings.timeouts);
  const handling = new ConnectionContext(toHandler(handler), settings, false, new Statistics(), clock);
  let toAcceptor: (message: unknown) => void = () => {};
  function post(to: PostedRecord["to"], message: unknown, transfer: readonly unknown[] = []): void {
    const copy: unknown = structuredClone(message, { transfer: transfer as Transferable[] });
    if (Array.isArray(copy)) records.push(...recordsOf(to, copy));
    setImmediate(() => {
      if (to === "acceptor") toAcceptor(copy);
      else if (Array.isArray(copy)) requests.receive(copy);
    });
  }
  const requests = new DispatchedRequests({
    postMessage: (message, transfer) => post("acceptor", message, transfer),
  }, handling);
  const thread = threadOf({
    postMessage: (message, transfer) => post("handler", message, transfer),
    terminate: () => Promise.resolve(0),
    on: (event: string, listener: (message: unknown) => void) => {
      if (event === "message") toAcceptor = listener;
    },
  } as NodeWorker);
  post("acceptor", { type: "ready", hooks: { connections: false } });
  await thread.ready;

  const accepting = dispatchingConnections({
    settings,
    secure: false,
    leastBusy: () => thread,
    hooked: () => null,
  });
  const { listener, connect } = memoryListener();
  accepting.listen(listener);
  return {
    connect,
    errors,
    records,
    post,
    async [Symbol.asyncDispose]() {
      accepting.cutAll();
      await listener.close();
      await accepting.drain();
      await thread.stop();
    },
  };
}

/** A thread whose worker is the test's. */
function threadOf(worker: NodeWorker): Thread {
  const data = { thread: 0, module: "", statistics: new SharedArrayBuffer(STATISTICS_SIZE) };
  const keeper: ThreadKeeper = {
    threadIsReady: () => {},
    threadHasRoom: () => {},
    threadFault: () => {},
    threadResponded: () => {},
    threadError: () => {},
    threadDied: () => {},
  };
  const Made = Thread as unknown as new (
    worker: NodeWorker,
    data: ThreadData,
    keeper: ThreadKeeper,
    module: URL,
  ) => Thread;
  return new Made(worker, data as ThreadData, keeper, new URL(import.meta.url));
}

function recordsOf(to: PostedRecord["to"], batch: readonly unknown[]): PostedRecord[] {
  const records: PostedRecord[] = [];
  for (let i = 0; i < batch.length;) {
    const operation = batch[i] as number;
    const end = i + 2 + OPERANDS[operation]!;
    records.push({ to, operation, exchange: batch[i + 1] as number, operands: batch.slice(i + 2, end) });
    i = end;
  }
  return records;
}
