/**
 * Access logs and metrics of servers, made of what `onResponse` receives.
 *
 * @example
 * ```ts ignore
 * import process from "node:process";
 * import { Server } from "@handoff/server";
 * import { accessLog, combine, metrics } from "@handoff/server/observe";
 *
 * const log = accessLog(process.stdout);
 * const figures = metrics();
 * const server = Server.http(":8080", { onResponse: combine(log, figures) });
 * figures.watch(await server.handle(new URL("./handler.ts", import.meta.url)));
 * await Server.http("127.0.0.1:9090").handle(figures.handler);
 * ```
 *
 * @module
 */

export { type AccessLog, accessLog, type AccessLogOptions } from "./observe/access_log.ts";
export type { AccessLogFormat, LineFormatter } from "./observe/access_log_format.ts";
export { combine } from "./observe/combine.ts";
export type { Labels, MetricFamily, MetricType, Sample } from "./observe/exposition.ts";
export type { LineSink, NodeWritable } from "./observe/line_queue.ts";
export { type Metrics, metrics, type MetricsOptions } from "./observe/metrics.ts";
export { type MetricsMemory, metricsMemory } from "./observe/metrics_memory.ts";
export type { WatchedServer } from "./observe/server_metrics.ts";
export type { ErrorMessage, ExchangeMessage } from "./server/diagnostics.ts";
