/**
 * What a thread of a server runs. It is started by the server, never by a program.
 *
 * @module
 */
import { listen } from "../net/listen.ts";
import type { ConnectionInfo, Handler } from "../server/handler.ts";
import { Service } from "../server/service.ts";
import { Statistics, STATISTICS_SIZE } from "../server/statistics.ts";
import { Channel, CONNECTION_END, CONNECTION_START, readBatch, REQUEST } from "./channel.ts";
import { HandledExchange, remoteAddressOf } from "./handled_exchange.ts";
import { loadHandler } from "./handler_module.ts";
import { expectHandler } from "./join.ts";
import { postError } from "./posted_error.ts";
import type { FromThread, ThreadData, ToThread } from "./protocol.ts";
import { type NodePort, workerThreads } from "./worker_threads.ts";

/** Milliseconds that handlers have to come to an end by themselves once the last connection is gone. */
const SETTLE_TIME = 1000;

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
    port.on("message", handleDispatched(port, service));
    if (data.way !== "dispatch") {
      const onEnd = () => tell({ type: "connectionEnded" });
      port.on("message", await takeConnections(data, service, onEnd));
    }
    const connections = handler.onConnectionStart !== undefined || handler.onConnectionEnd !== undefined;
    tell({ type: "ready", hooks: { connections } });
    const drain = async () => {
      await service.drain();
      await service.handlersSettled(SETTLE_TIME);
      tell({ type: "drained" });
    };
    port.on("message", (message) => {
      if (Array.isArray(message)) return;
      const { type } = message as ToThread;
      if (type === "draining") service.draining = true;
      else if (type === "drain") drain();
      else if (type === "cut") service.cutAll();
    });
  } catch (error) {
    tell({ type: "failed", error: postError(error) });
  }
}

async function findHandler(data: ThreadData): Promise<Handler> {
  if (data.join === undefined) return await loadHandler(data.module, data);
  const found = expectHandler(data.join);
  const evaluated = import(data.module).then(() => {
    throw new Error(
      `Cannot join the server: ${data.module} ran to its end without calling handle for the address ${data.join}`,
    );
  });
  evaluated.catch(() => {});
  return await Promise.race([found, evaluated]);
}

/**
 * The thread has connections of its own: it listens, or is given them.
 *
 * @param onEnd Is told when one that it was given has ended.
 */
async function takeConnections(
  data: ThreadData,
  service: Service,
  onEnd: () => void,
): Promise<(message: unknown) => void> {
  if (data.way === "reusePort") {
    const tls = data.tls === undefined ? {} : { tls: data.tls, handshakeTimeout: data.timeouts.handshake };
    const listener = await listen(data.address, { reusePort: true, ...tls });
    service.listen(listener);
    onThreadExit(() => {
      listener.close();
      service.cutAll();
    });
    return (message) => {
      if ((message as ToThread).type === "drain") listener.close();
    };
  }
  const { adopt } = await import("../net/node_transfer.ts");
  return (message) => {
    const told = message as ToThread;
    if (told.type === "connection") adopt(told.socket, (socket) => service.accept(socket), onEnd);
  };
}

/** Bun leaves the sockets of a thread that ends by itself open: connections would be made to nobody. */
function onThreadExit(close: () => void): void {
  const { process } = globalThis as unknown as {
    readonly process: { on(event: "exit", listener: () => void): void };
  };
  process.on("exit", close);
}

/** The thread is given requests whose connections are not its own. */
function handleDispatched(port: NodePort, service: Service): (message: unknown) => void {
  const channel = new Channel(port);
  const exchanges = new Map<number, HandledExchange>();
  const remove = (id: number) => void exchanges.delete(id);
  const connections = new Map<number, ConnectionInfo>();
  function connection(operation: number, id: number, operands: readonly unknown[], at: number): void {
    if (operation === CONNECTION_START) {
      const info = { remoteAddress: remoteAddressOf(operands, at) };
      connections.set(id, info);
      service.notify("onConnectionStart", info);
    } else {
      const info = connections.get(id);
      connections.delete(id);
      if (info !== undefined) service.notify("onConnectionEnd", info);
    }
  }
  function take(operation: number, id: number, operands: readonly unknown[], at: number): void {
    if (operation === CONNECTION_START || operation === CONNECTION_END) {
      connection(operation, id, operands, at);
    } else if (operation === REQUEST) {
      const exchange = new HandledExchange(service, channel, id, operands, at, remove);
      exchanges.set(id, exchange);
      exchange.run();
    } else {
      exchanges.get(id)?.message(operation, operands[at], operands[at + 1]);
    }
  }
  return (message) => {
    if (!Array.isArray(message)) return;
    service.tick();
    channel.batched(() => readBatch(message, take));
  };
}
