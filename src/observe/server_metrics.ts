import type { Address } from "../net/socket.ts";
import type { ServerStats } from "../server/listening.ts";
import type { ThreadStats } from "../server/statistics.ts";
import type { Labels, MetricFamily, Sample } from "./exposition.ts";

/** A server whose statistics are shown: a `Listening`, as far as {@linkcode Metrics} uses it. */
export interface WatchedServer {
  /** What the server is bound to. */
  readonly address: Address;
  /** `true` if the server is to be given requests. */
  readonly ready: boolean;
  /** Settles when the server has closed. */
  readonly closed: Promise<void>;
  /** What the server has done so far. */
  stats(): ServerStats;
}

/** The statistics of a thread that are metrics by themselves. */
type CountName = Exclude<keyof ThreadStats, "responses">;

const COUNTS: readonly (readonly [name: string, help: string, type: "counter" | "gauge", CountName])[] = [
  ["handoff_open_connections", "Open connections.", "gauge", "openConnections"],
  ["handoff_accepted_connections_total", "Accepted connections.", "counter", "acceptedConnections"],
  ["handoff_requests_total", "Requests handed to a handler.", "counter", "requests"],
  ["handoff_received_bytes_total", "Bytes received on connections.", "counter", "bytesIn"],
  ["handoff_sent_bytes_total", "Bytes sent on connections.", "counter", "bytesOut"],
  ["handoff_received_messages_total", "Messages received after an upgrade.", "counter", "messagesIn"],
  ["handoff_sent_messages_total", "Messages sent after an upgrade.", "counter", "messagesOut"],
  ["handoff_errors_total", "Errors passed to onError.", "counter", "errors"],
  ["handoff_thread_restarts_total", "Replacements of a thread that died.", "counter", "restarts"],
];

/** The metrics of servers, by address and thread. */
export function serverMetrics(servers: readonly WatchedServer[]): MetricFamily[] {
  const threads = servers.flatMap(threadsOf);
  return [
    {
      name: "handoff_ready",
      help: "1 while the server is to be given requests, 0 once it closes.",
      type: "gauge",
      samples: servers.map(({ address, ready }): Sample => ({
        labels: { address: nameOf(address) },
        value: ready ? 1 : 0,
      })),
    },
    ...COUNTS.map(([name, help, type, count]): MetricFamily => ({
      name,
      help,
      type,
      samples: threads.map(({ labels, stats }) => ({ labels, value: stats[count] })),
    })),
  ];
}

function threadsOf(server: WatchedServer): { readonly labels: Labels; readonly stats: ThreadStats }[] {
  const { threads, acceptor } = server.stats();
  const named = threads.map((stats, thread) => ({ thread: `${thread}`, stats }));
  if (acceptor !== undefined) named.push({ thread: "acceptor", stats: acceptor });
  const address = nameOf(server.address);
  return named.map(({ thread, stats }) => ({ labels: { address, thread }, stats }));
}

/** For example `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/app.sock`. */
function nameOf(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const { hostname, port } = address;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
