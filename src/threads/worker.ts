/**
 * The module that each thread of a server runs. The server starts it by itself, except where a program is
 * bundled: there a file that imports this module alone is built beside the program's, and the option `worker`
 * of `Server.handle` names it.
 *
 * @example
 * ```ts
 * // worker.ts; the server is given { worker: new URL("./worker.js", import.meta.url) }
 * import "@handoff/server/worker";
 * ```
 *
 * @module
 */
import { handled } from "../http/handled.ts";
import type { Address } from "../net/socket.ts";
import type { TlsCredentials } from "../net/tls.ts";
import type { Handler } from "../exchange/handler.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import { clockFor } from "../server/clock.ts";
import { ConnectionContext } from "../server/connection_context.ts";
import { Connections } from "../server/connections.ts";
import type { ErrorInfo } from "../server/options.ts";
import { Statistics, STATISTICS_SIZE } from "../server/statistics.ts";
import { DispatchedRequests } from "./dispatch/dispatched_requests.ts";
import { loadHandler } from "./handler_module.ts";
import { startBeating } from "./pool/heartbeat.ts";
import { expectHandler } from "./replay/replay.ts";
import { postError } from "./pool/posted_error.ts";
import type { FromThread, Hooks, ThreadData, ToThread } from "./pool/thread_messages.ts";
import { ThreadConnections } from "./pool/thread_connections.ts";
import { postSummary } from "./pool/posted_record.ts";
import { RecordBatch } from "./pool/record_batch.ts";
import { type NodePort, workerThreads } from "./worker_threads.ts";

/** Milliseconds that handlers have to settle by themselves once the last connection is gone. */
const SETTLE_TIME = 1000;

/**
 * Milliseconds that a program has after the end of its module to reach the call that is to be joined: the
 * call may be in an `async` function that is not awaited, and reads a file first.
 */
const JOIN_GRACE = 2000;

const { parentPort, workerData } = await workerThreads();
if (parentPort !== null && isThreadData(workerData)) await runThread(parentPort, workerData);

function isThreadData(data: unknown): data is ThreadData {
  return typeof data === "object" && data !== null && (data as ThreadData).handoff === "thread";
}

async function runThread(port: NodePort, data: ThreadData): Promise<void> {
  const tell = (message: FromThread) => port.postMessage(message);
  const records = new RecordBatch((records) => tell({ type: "responses", records }));
  function tellError(
    type: "error" | "uncaught" | "failed" | "listenFailed" | "certificatesFailed",
    error: unknown,
    request: RequestSummary | null = null,
  ): void {
    const summary = request === null ? null : postSummary(request);
    try {
      tell({ type, error: postError(error), request: summary });
    } catch (failure) {
      // A value that can be cloned once but not twice, say.
      tell({ type, error: postError(failure), request: summary });
    }
  }
  tell({ type: "begun" });
  tellUncaught((error) => tellError("uncaught", error));
  try {
    const handler = await findHandler(data);
    const settings = {
      limits: data.limits,
      timeouts: data.timeouts,
      onError: (error: unknown, { request }: ErrorInfo) => tellError("error", error, request),
      onResponse: data.records ? (record: ResponseRecord) => records.add(record) : null,
      trustProxy: data.trustProxy,
      proxyProtocol: data.proxyProtocol,
    };
    const statistics = new Statistics(data.statistics, data.thread * STATISTICS_SIZE);
    const clock = clockFor(data.timeouts);
    const context = new ConnectionContext(handler, settings, data.secure, statistics, clock, data.thread);
    const connections = new Connections(context);
    const requests = new DispatchedRequests(port, context);
    const own = await ThreadConnections.prepare(data, connections, () => tell({ type: "connectionEnded" }));
    const beginDraining = () => {
      context.beginDraining();
      requests.drainingBegins();
    };
    const listenOn = async (address: Address, credentials: TlsCredentials | null) => {
      try {
        await own.listen(address, credentials);
        tell({ type: "listening" });
      } catch (error) {
        tellError("listenFailed", error);
      }
    };
    const setCertificates = async (credentials: TlsCredentials) => {
      try {
        await own.setCertificates(credentials);
        tell({ type: "certificatesSet" });
      } catch (error) {
        tellError("certificatesFailed", error);
      }
    };
    const drain = async () => {
      try {
        beginDraining();
        await Promise.all([own.stop(), connections.drain()]);
        await connections.drain();
        await context.workSettled();
        await context.handlersSettled(SETTLE_TIME);
      } catch (error) {
        context.report(error, null);
      }
      records.flush();
      tell({ type: "drained" });
    };
    const take = (message: unknown) => {
      if (Array.isArray(message)) return requests.receive(message);
      const told = message as ToThread;
      if (told.type === "listen") listenOn(told.address, told.credentials);
      else if (told.type === "setCertificates") setCertificates(told.credentials);
      else if (told.type === "address") context.listensOn(told.address);
      else if (told.type === "connection") own.take(told.socket);
      else if (told.type === "draining") beginDraining();
      else if (told.type === "drain") drain();
      else connections.cutAll();
    };
    port.on("message", (message) => {
      try {
        take(message);
      } catch (error) {
        // A mistake in this library at one message must not end the thread, which has other requests.
        context.report(error, null);
      }
    });
    if (data.heartbeat !== null) startBeating(data.heartbeat, data.thread);
    tell({ type: "ready", hooks: hooksOf(handler) });
  } catch (error) {
    tellError("failed", error);
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

/** Finds which optional methods a handler has. */
function hooksOf({ onConnectionStart, onConnectionEnd }: Handler): Hooks {
  return { connections: typeof onConnectionStart === "function" || typeof onConnectionEnd === "function" };
}

/**
 * Tells of an uncaught error just before the thread ends. Runtimes tell it themselves, but Node without the
 * message of a `DOMException`, Deno without stack and cause, and all of them without a code.
 */
function tellUncaught(tell: (error: unknown) => void): void {
  const { process } = globalThis as unknown as {
    readonly process: { on(event: "uncaughtExceptionMonitor", listener: (error: unknown) => void): void };
  };
  // Bun does not ask the monitor at a rejection.
  if ("Bun" in globalThis) addEventListener("error", (event) => tell(event.error));
  else process.on("uncaughtExceptionMonitor", tell);
}
