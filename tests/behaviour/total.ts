import type { ServerStats, ThreadStats } from "../../mod.ts";

/** Adds up the counters of all threads of a server. */
export function total({ threads, acceptor }: ServerStats): ThreadStats {
  const all = acceptor === undefined ? threads : [acceptor, ...threads];
  const sum = (pick: (stats: ThreadStats) => number) => all.reduce((sum, one) => sum + pick(one), 0);
  return {
    openConnections: sum((one) => one.openConnections),
    acceptedConnections: sum((one) => one.acceptedConnections),
    requests: sum((one) => one.requests),
    responses: {
      "1xx": sum((one) => one.responses["1xx"]),
      "2xx": sum((one) => one.responses["2xx"]),
      "3xx": sum((one) => one.responses["3xx"]),
      "4xx": sum((one) => one.responses["4xx"]),
      "5xx": sum((one) => one.responses["5xx"]),
    },
    messagesIn: sum((one) => one.messagesIn),
    messagesOut: sum((one) => one.messagesOut),
    bytesIn: sum((one) => one.bytesIn),
    bytesOut: sum((one) => one.bytesOut),
    errors: sum((one) => one.errors),
    restarts: sum((one) => one.restarts),
  };
}
