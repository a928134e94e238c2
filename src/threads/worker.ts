/**
 * What a thread of a server runs. It is started by the server, never by a program.
 *
 * @module
 */
import { handled } from "../http/handled.ts";
import { listen } from "../net/listen.ts";
import type { Handler } from "../server/handler.ts";
import { Service } from "../server/service.ts";
import { Statistics, STATISTICS_SIZE } from "../server/statistics.ts";
import { DispatchedRequests } from "./dispatched_requests.ts";
import { loadHandler } from "./handler_module.ts";
import { expectHandler } from "./join.ts";
import { postError } from "./posted_error.ts";
import type { FromThread, Hooks, ThreadData, ToThread } from "./protocol.ts";
import { type NodePort, workerThreads } from "./worker_threads.ts";

/** Milliseconds that handlers have to come to an end by themselves once the last connection is gone. */
const SETTLE_TIME = 1000;

/**
 * Milliseconds that a program has behind the end of its module to come to the call that is to be joined: it may be in an
 * `async` function that is not awaited, and reads a file first.
 */
const JOIN_GRACE = 2000;

const { parentPort, workerData } = await workerThreads();
if (parentPort !== null && isThreadData(workerData)) await runThread(parentPort, workerData);

function isThreadData(data: unknown): data is ThreadData {
  return typeof data === "object" && data !== null && (data as ThreadData).handoff === "thread";
}

async function runThread(port: NodePort, data: ThreadData): Promise<void> {
  const tell = (message: FromThread) => port.postMessage(message);
  try {
    const handler = await findHandler(data);
    const settings = {
      limits: data.limits,
      timeouts: data.timeouts,
      onError: (error: unknown) => tell({ type: "error", error: postError(error) }),
    };
    const statistics = new Statistics(data.statistics, data.thread * STATISTICS_SIZE);
    const service = new Service(handler, settings, data.secure, statistics);
    const requests = new DispatchedRequests(port, service);
    const connections = await takeConnections(data, service, () => tell({ type: "connectionEnded" }));
    const drain = async () => {
      // Before that, the connections in the kernel's queue are handed over.
      await connections.stop();
      await service.drain();
      await service.handlersSettled(SETTLE_TIME);
      tell({ type: "drained" });
    };
    port.on("message", (message) => {
      if (Array.isArray(message)) return requests.receive(message);
      const told = message as ToThread;
      if (told.type === "connection") connections.take(told.socket);
      else if (told.type === "draining") service.draining = true;
      else if (told.type === "drain") drain();
      else service.cutAll();
    });
    tell({ type: "ready", hooks: hooksOf(handler) });
  } catch (error) {
    tell({ type: "failed", error: postError(error) });
  }
}

async function findHandler(data: ThreadData): Promise<Handler> {
  const { module, join, outcomes = new Map() } = data;
  if (join === undefined) return await loadHandler(module, data);
  const { found, strayed } = expectHandler(join, outcomes);
  const ended = import(module).then(() => "its end");
  const elsewhere = strayed.then((key) => `its call for ${key}, which its first thread had not made`);
  const missed = Promise.race([ended, elsewhere]).then(async (since) => {
    await new Promise((resolve) => setTimeout(resolve, JOIN_GRACE));
    throw new Error(
      `Cannot join the server: ${module} did not call handle for the address ${join} within ` +
        `${JOIN_GRACE / 1000} seconds of ${since}`,
    );
  });
  return await Promise.race([found, handled(missed)]);
}

/** What the handler wants to be told. */
function hooksOf({ onConnectionStart, onConnectionEnd }: Handler): Hooks {
  return { connections: typeof onConnectionStart === "function" || typeof onConnectionEnd === "function" };
}

/** How a thread comes to connections of its own. */
interface OwnConnections {
  /** Takes one that it is given. */
  take(socket: unknown): void;
  /** From now on there will be no others. */
  stop(): Promise<void>;
}

/**
 * Begins to take connections, where the thread is to have its own: it listens, or is given them.
 *
 * @param onEnd Is told when one that it was given has ended.
 */
async function takeConnections(
  data: ThreadData,
  service: Service,
  onEnd: () => void,
): Promise<OwnConnections> {
  const none = () => Promise.resolve();
  if (data.way === "dispatch") return { take: none, stop: none };
  if (data.way === "transfer") {
    const { adopt } = await import("../net/node_transfer.ts");
    return { take: (socket) => adopt(socket, (adopted) => service.accept(adopted), onEnd), stop: none };
  }
  const tls = data.tls === undefined ? {} : { tls: data.tls, handshakeTimeout: data.timeouts.handshake };
  const listener = await listen(data.address, { reusePort: true, ...tls });
  service.listen(listener);
  onThreadExit(() => {
    (listener.abort ?? listener.close).call(listener);
    service.cutAll();
  });
  return { take: none, stop: () => listener.close() };
}

/** Bun leaves the sockets of a thread that ends by itself open: connections would be made to nobody. */
function onThreadExit(close: () => void): void {
  const { process } = globalThis as unknown as {
    readonly process: { on(event: "exit", listener: () => void): void };
  };
  process.on("exit", close);
}
