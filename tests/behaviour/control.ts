import {
  type CloseOptions,
  type ListenAddress,
  type Listening,
  Server,
  type ServerOptions,
} from "../../mod.ts";
import { describe, report } from "./report.ts";
import { total } from "./total.ts";

/** Commands of a test for the fixture, in addition to requests to its server. */
export type Command =
  /** Starts another server with the same handler. */
  | {
    readonly do: "listen";
    readonly name: string;
    readonly address: ListenAddress;
    readonly options?: ServerOptions;
  }
  /** Closes a server, and responds when it has closed. */
  | { readonly do: "close"; readonly name: string; readonly options?: CloseOptions }
  /** Responds when a server has closed. */
  | { readonly do: "closed"; readonly name: string }
  /** Reads the counters of a server. */
  | { readonly do: "stats"; readonly name: string }
  /** Starts a server and closes it again, to check that the address is free. */
  | { readonly do: "rebind"; readonly address: ListenAddress };

/** Result of a command. */
export interface Outcome {
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly [result: string]: unknown;
}

/** Starts a server with the handler of the behaviours, on the number of threads under test. */
export type StartServer = (server: Server, address: ListenAddress) => Promise<Listening>;

/** Starts a server that executes {@linkcode Command}s: JSON in, JSON out. */
export async function startControl(start: StartServer): Promise<Listening> {
  const servers = new Map<string, Listening>();
  return await Server.http("127.0.0.1:0").handle(async (req, res) => {
    const outcome = await attempt(await req.json() as Command, servers, start);
    res.headers.set("content-type", "application/json");
    res.send(JSON.stringify(outcome));
  });
}

async function attempt(
  command: Command,
  servers: Map<string, Listening>,
  start: StartServer,
): Promise<Outcome> {
  try {
    return await carryOut(command, servers, start);
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return { error: { name, message, ...(code === undefined ? {} : { code }) } };
  }
}

async function carryOut(
  command: Command,
  servers: Map<string, Listening>,
  start: StartServer,
): Promise<Outcome> {
  if (command.do === "listen") {
    const onError = (error: unknown) => report("error", { error: describe(error), server: command.name });
    const server = Server.http(command.address, { ...command.options, onError });
    const listening = await start(server, command.address);
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
  if (command.do === "stats") {
    const stats = listening.stats();
    return { total: total(stats), entries: stats.threads.length, threads: listening.threads };
  }
  if (command.do === "closed") await listening.closed;
  else await listening.close(command.options);
  return { address: listening.address };
}
