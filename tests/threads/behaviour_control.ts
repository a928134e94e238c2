import { type Listening, Server, type ServerStats, type ThreadStats } from "../../mod.ts";
import type { Command, Outcome } from "../behaviour/control.ts";
import { describe, report } from "../behaviour/report.ts";
import type { Way } from "./ways.ts";

const HANDLER = new URL("./behaviour_handler.ts", import.meta.url);

/**
 * Starts a server that carries out the behaviours' commands, as that of one thread does, with servers that have two
 * threads.
 */
export async function startControl(way: Way): Promise<Listening> {
  const servers = new Map<string, Listening>();
  return await Server.http("127.0.0.1:0").handle(async (req, res) => {
    const outcome = await attempt(await req.json() as Command, servers, way);
    res.headers.set("content-type", "application/json");
    res.send(JSON.stringify(outcome));
  });
}

async function attempt(command: Command, servers: Map<string, Listening>, way: Way): Promise<Outcome> {
  try {
    return await carryOut(command, servers, way);
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return { error: { name, message, ...(code === undefined ? {} : { code }) } };
  }
}

async function carryOut(command: Command, servers: Map<string, Listening>, way: Way): Promise<Outcome> {
  if (command.do === "listen") {
    const onError = (error: unknown) => report("error", { error: describe(error) });
    const server = Server.http(command.address, { ...command.options, onError });
    const isUnix = typeof command.address === "object" && "path" in command.address;
    const accept = isUnix ? "auto" : way;
    const listening = await server.handle(HANDLER, { threads: 2, accept });
    servers.set(command.name, listening);
    return { address: listening.address };
  }
  if (command.do === "rebind") {
    const listening = await Server.http(command.address).handle(() => {});
    await listening.close();
    return { address: listening.address };
  }
  const listening = servers.get(command.name);
  if (listening === undefined) throw new Error(`Cannot find the server "${command.name}"`);
  if (command.do === "stats") return { threads: [sum(listening.stats())] };
  if (command.do === "closed") await listening.closed;
  else await listening.close(command.options);
  return { address: listening.address };
}

/** What all threads have done, as if one had. */
export function sum({ threads, acceptor }: ServerStats): ThreadStats {
  const all = acceptor === undefined ? threads : [acceptor, ...threads];
  const total = (pick: (stats: ThreadStats) => number) => all.reduce((sum, one) => sum + pick(one), 0);
  return {
    openConnections: total((one) => one.openConnections),
    acceptedConnections: total((one) => one.acceptedConnections),
    requests: total((one) => one.requests),
    responses: {
      "1xx": total((one) => one.responses["1xx"]),
      "2xx": total((one) => one.responses["2xx"]),
      "3xx": total((one) => one.responses["3xx"]),
      "4xx": total((one) => one.responses["4xx"]),
      "5xx": total((one) => one.responses["5xx"]),
    },
    bytesIn: total((one) => one.bytesIn),
    bytesOut: total((one) => one.bytesOut),
    errors: total((one) => one.errors),
    restarts: total((one) => one.restarts),
  };
}
