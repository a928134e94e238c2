import type { AcceptOption, ServerStats } from "../../mod.ts";
import { Balancer, type BalancerName, freePort } from "../../tests/proxy/balancer.ts";
import { linesOf } from "../../tests/support/lines.ts";
import { type Runtime, runtimes } from "../../tests/support/runtimes.ts";
import { waysOf } from "../../tests/threads/ways.ts";
import type { Row } from "./drills.ts";
import { wrk } from "./process.ts";
import { type ClientKind, Tally, verify } from "./verifying_client.ts";

const SCRIPT = decodeURIComponent(new URL("./rolling_server.ts", import.meta.url).pathname);

/** Milliseconds within which a server must end after SIGTERM. */
const PATIENCE = 20_000;

/**
 * Milliseconds between the start of a server and the end of the next, in which a balancer detects the started
 * server.
 */
const SETTLING = 1200;

const BALANCERS: Readonly<Record<BalancerName, URL>> = {
  haproxy: new URL("../deploy/haproxy.cfg", import.meta.url),
  nginx: new URL("../deploy/nginx.conf", import.meta.url),
};

/** Without a balancer: one server, whose clients connect to it and try again where they are refused. */
type Front = BalancerName | "none";

const FRONTS: readonly Front[] = ["none", "haproxy", "nginx"];

/** Clients that verify each answer. */
const CLIENTS: readonly ClientKind[] = [
  ...new Array<ClientKind>(4).fill({ method: "GET", keepAlive: true }),
  ...new Array<ClientKind>(8).fill({ method: "POST", keepAlive: true }),
  ...new Array<ClientKind>(2).fill({ method: "GET", keepAlive: false }),
  ...new Array<ClientKind>(2).fill({ method: "POST", keepAlive: false }),
];

/** Selection of combinations; `undefined` selects all. */
export interface RollingOptions {
  /** Number of restarts of each server. */
  readonly cycles: number;
  readonly balancer?: string | undefined;
  readonly way?: string | undefined;
}

/**
 * A server on its own, and three behind HAProxy and behind nginx, with the configurations of
 * `scripts/deploy`, are restarted in turn under load: clients that verify what comes back for each GET and
 * POST, and wrk. The aim is that no request is lost.
 */
export async function* rolling({ cycles, balancer, way }: RollingOptions): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    for (const accept of ["single", ...waysOf(runtime)] as const) {
      for (const name of FRONTS) {
        if ((balancer ?? name) !== name || (way ?? accept) !== accept) continue;
        yield await roll(runtime, accept, name, cycles);
      }
    }
  }
}

async function roll(
  runtime: Runtime,
  way: AcceptOption | "single",
  name: Front,
  cycles: number,
): Promise<Row> {
  const ports = name === "none" ? [freePort()] : [freePort(), freePort(), freePort()];
  const servers = await Promise.all(ports.map((port) => RollingServer.start(runtime, way, port)));
  try {
    await using balancer = name === "none" ? null : await startBalancer(name, ports);
    const port = balancer?.port ?? ports[0]!;
    const tally = new Tally();
    const end = new AbortController();
    const clients = CLIENTS.map((kind) => verify(port, kind, tally, end.signal));
    // wrk does not connect again where it is refused.
    const load = balancer === null ? null : loadUntil(port, end.signal);
    let drained = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      for (const [i, port] of ports.entries()) {
        await sleep(SETTLING);
        drained = Math.max(drained, await servers[i]!.stop());
        servers[i] = await RollingServer.start(runtime, way, port);
      }
    }
    await sleep(SETTLING);
    end.abort();
    await Promise.all(clients);
    const { requests, errors } = await load ?? { requests: "", errors: "" };
    return {
      runtime: runtime.name,
      way,
      balancer: name,
      restarts: ports.length * cycles,
      sent: tally.sent,
      answered: tally.answered,
      lost: tally.lost,
      reasons: Array.from(tally.losses, ([reason, count]) => `${count} ${reason}`).join("; "),
      wrk: requests,
      "wrk errors": errors,
      "slowest ms": Math.round(tally.slowest),
      "drain ms": Math.round(drained),
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function startBalancer(name: BalancerName, ports: readonly number[]): Promise<Balancer> {
  const text = await Deno.readTextFile(BALANCERS[name]);
  return await Balancer.start(name, (port, folder) => configure(text, port, ports, folder));
}

/** Replaces the addresses of a configuration, which it must have, by those of the drill. */
function configure(text: string, port: number, ports: readonly number[], folder: string): string {
  let configuration = text;
  const replace = (what: string, by: string) => {
    if (!configuration.includes(what)) throw new Error(`The configuration has no "${what}"`);
    configuration = configuration.replaceAll(what, by);
  };
  for (const [i, server] of ports.entries()) replace(`127.0.0.1:${8081 + i}`, `127.0.0.1:${server}`);
  if (text.includes("bind :80")) {
    replace("bind :80", `bind 127.0.0.1:${port}`);
  } else {
    replace("listen 80;", `listen 127.0.0.1:${port};`);
    replace("worker_processes auto;", `worker_processes 1; daemon off; pid ${folder}/nginx.pid;`);
  }
  return configuration;
}

/** Runs wrk for one second repeatedly, and adds up the results. */
async function loadUntil(port: number, end: AbortSignal): Promise<{ requests: number; errors: string }> {
  let requests = 0;
  const errors: string[] = [];
  while (!end.aborted) {
    const load = await wrk(port, "/", 16, 2);
    requests += load.requests;
    if (load.errors !== "none") errors.push(load.errors);
  }
  return { requests, errors: errors.length === 0 ? "none" : errors.join("; ") };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The process of `rolling_server.ts` on a runtime. */
class RollingServer {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #stopping: Promise<number> | undefined;

  private constructor(child: Deno.ChildProcess, lines: ReadableStreamDefaultReader<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  static async start(runtime: Runtime, way: AcceptOption | "single", port: number): Promise<RollingServer> {
    const [command, ...before] = runtime.command;
    const accept = way === "single" ? {} : { accept: way };
    const child = new Deno.Command(command!, {
      args: [...before, SCRIPT, JSON.stringify({ port, threads: way === "single" ? 1 : 2, ...accept })],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = linesOf(child.stdout).getReader();
    const { done } = await lines.read();
    if (done) throw new Error(`Cannot start the server on ${runtime.name}`);
    return new RollingServer(child, lines);
  }

  /** Sends SIGTERM, waits for the end of the process, and returns the time in milliseconds. */
  stop(): Promise<number> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<number> {
    const started = performance.now();
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const { value } = await this.#lines.read();
    const stats = value === undefined ? null : JSON.parse(value) as ServerStats;
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#lines.cancel();
    const open = stats?.threads.reduce((sum, thread) => sum + thread.openConnections, 0) ?? NaN;
    if (code !== 0 || open !== 0) {
      console.error(`A server ended with exit code ${code}, and ${open} connections open`);
    }
    return performance.now() - started;
  }
}
