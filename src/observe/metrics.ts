import type { Handler } from "../exchange/handler.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import { EXPOSITION_TYPE, formatMetrics, type MetricFamily } from "./exposition.ts";
import { loopMetrics, sampleLoopDelay } from "./loop_delay.ts";
import { blockOf, type MetricsMemory, metricsMemory } from "./metrics_memory.ts";
import { countResponse, responseMetrics } from "./response_metrics.ts";
import { serverMetrics, type WatchedServer } from "./server_metrics.ts";

/** Options of {@linkcode metrics}. */
export interface MetricsOptions {
  /**
   * Counters that several threads share, made by {@linkcode metricsMemory} and passed to threads as `state`.
   *
   * @default {metricsMemory(1)}
   */
  readonly memory?: MetricsMemory;
  /**
   * Number of this thread in the memory, from 0. No other thread may use the number at the same time; a
   * thread that replaces one that died goes on with its counters.
   *
   * @default {0}
   */
  readonly thread?: number;
  /**
   * `true` if to sample the delay of this thread's event loop, by a timer of 20 ms.
   *
   * @default {true}
   */
  readonly eventLoop?: boolean;
  /** Further metrics of the program. Called for each text; names must differ from those of this module. */
  readonly families?: () => readonly MetricFamily[];
}

/**
 * Metrics of servers: the function is the `onResponse` of a server. It returns at once; it throws only where
 * it was given something other than a record.
 */
export interface Metrics extends Disposable {
  /** Counts a response. */
  (record: ResponseRecord): void;
  /**
   * Adds the statistics of a server until it has closed: connections, bytes, errors, restarts.
   *
   * @returns The server.
   */
  watch<Server extends WatchedServer>(server: Server): Server;
  /**
   * Writes all metrics in the text format of Prometheus, version 0.0.4.
   *
   * @throws {TypeError} If a family of the option `families` has a malformed name or that of another.
   */
  text(): string;
  /** Answers GET and HEAD with the text, whatever the target; other methods with 405. */
  readonly handler: Handler;
  /** Answers a request of the Fetch standard as the handler does. */
  fetch(request: globalThis.Request): globalThis.Response;
}

const ALLOWED: readonly string[] = ["GET", "HEAD"];

/** Header fields of the text. */
const FIELDS: Readonly<Record<string, string>> = {
  "content-type": EXPOSITION_TYPE,
  "cache-control": "no-store",
};

/**
 * Makes metrics that a server counts into and Prometheus reads. Serve them at an address of their own, which
 * clients cannot reach.
 *
 * @param options The memory of the counters, and further metrics.
 * @returns The metrics, to be given to a server as `onResponse`. Disposing of them stops the sampling of the
 * event loop.
 * @throws {RangeError} If the memory has no such thread.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { metrics } from "@handoff/server/observe";
 * import { assertStringIncludes } from "@std/assert";
 *
 * using figures = metrics();
 * await using page = await Server.http("127.0.0.1:0").handle(figures.handler);
 * const server = Server.http("127.0.0.1:0", { onResponse: figures });
 * await using listening = figures.watch(await server.handle((_req, res) => res.send("Hello, World!")));
 *
 * await (await fetch(listening.url)).text();
 * const text = await (await fetch(new URL("/metrics", page.url))).text();
 * assertStringIncludes(text, 'handoff_responses_total{method="GET",class="2xx"} 1');
 * ```
 */
export function metrics(options: MetricsOptions = {}): Metrics {
  const { memory = metricsMemory(1), thread = 0, eventLoop = true, families = () => [] } = options;
  const block = blockOf(memory, thread);
  const servers = new Set<WatchedServer>();
  const stop = eventLoop ? sampleLoopDelay(block) : () => {};

  function count(record: ResponseRecord): void {
    // A program may have passed this function to `handle` in place of its handler.
    if (typeof record?.duration !== "number") {
      throw new TypeError("Cannot count a response: not a record of onResponse");
    }
    countResponse(block, record);
  }

  function watch<Server extends WatchedServer>(server: Server): Server {
    servers.add(server);
    const remove = () => void servers.delete(server);
    server.closed.then(remove, remove);
    return server;
  }

  const text = () =>
    formatMetrics([
      ...responseMetrics(memory),
      ...serverMetrics([...servers]),
      ...loopMetrics(memory),
      ...families(),
    ]);

  return Object.assign(count, {
    watch,
    text,
    handler: {
      handle: ({ method }: Request, response: Response<Fresh>): void | Promise<void> => {
        if (!ALLOWED.includes(method)) {
          response.status = 405;
          response.headers.set("allow", ALLOWED.join(", "));
          return;
        }
        for (const [name, value] of Object.entries(FIELDS)) response.headers.set(name, value);
        return response.send(text());
      },
    },
    fetch: ({ method }: globalThis.Request): globalThis.Response =>
      ALLOWED.includes(method)
        ? new globalThis.Response(method === "HEAD" ? null : text(), { headers: FIELDS })
        : new globalThis.Response(null, { status: 405, headers: { allow: ALLOWED.join(", ") } }),
    [Symbol.dispose]: stop,
  });
}
