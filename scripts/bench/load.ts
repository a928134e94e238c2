import type { Packages } from "./packages.ts";
import { executablePath, LOAD_CORE, pinned } from "./programs.ts";
import { runtimeNamed } from "./runtimes.ts";
import { requestText, type RequestWorkload } from "./workloads.ts";

/** Measurements of the load generator. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Number of failed responses and connections. */
  readonly errors: number;
}

/** Name of the load generator. */
export const LOAD_PROGRAM: "wrk" | "autocannon" = executablePath("wrk") === undefined ? "autocannon" : "wrk";

/** Sends a workload's requests for a number of seconds, from the core of the load. */
export async function drive(
  port: number,
  workload: RequestWorkload,
  seconds: number,
  packages: Packages,
): Promise<LoadResult> {
  if (LOAD_PROGRAM === "autocannon") return await driveAutocannon(port, workload, seconds, packages);
  const lua = await Deno.makeTempFile({ prefix: "handoff-bench-", suffix: ".lua" });
  try {
    await Deno.writeTextFile(lua, luaScript(workload));
    return parseWrk(
      await output([
        "wrk",
        "-t1",
        `-c${workload.connections}`,
        `-d${seconds}s`,
        "--latency",
        "--timeout",
        "10s",
        "-s",
        lua,
        `http://127.0.0.1:${port}/`,
      ]),
    );
  } finally {
    await Deno.remove(lua);
  }
}

/**
 * Lua creates the request once, because wrk sends the returned text unchanged. If every connection is closed
 * after its response, wrk counts a failed read for a server that does not announce this, such as Bun.serve.
 */
function luaScript(workload: RequestWorkload): string {
  const text = requestText(workload.request);
  const quoted = text.replace(
    /[^ !#-[\]-~]/g,
    (char) => `\\${char.charCodeAt(0).toString().padStart(3, "0")}`,
  );
  const kinds = ["connect", "write", "status", "timeout", ...(workload.closes ? [] : ["read"])];
  const errors = kinds.map((kind) => `summary.errors.${kind}`).join(" + ");
  return `local bytes = string.rep("${quoted}", ${workload.pipelined})
request = function() return bytes end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), ${errors}))
end
`;
}

function parseWrk(text: string): LoadResult {
  const result = text.match(/^RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)$/m);
  if (result === null) throw new Error(`Cannot read what wrk printed: ${text}`);
  const [requests, duration, p50, p99, errors] = result.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { requests, perSecond: requests / duration * 1e6, p50: p50 / 1000, p99: p99 / 1000, errors };
}

async function driveAutocannon(
  port: number,
  { request, connections, pipelined }: RequestWorkload,
  seconds: number,
  packages: Packages,
): Promise<LoadResult> {
  const headers = request.headers
    .filter(([name]) => !/^(host|content-length)$/i.test(name))
    .flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const text = await output([
    ...runtimeNamed("node26").command,
    `${packages.folder}/node_modules/autocannon/autocannon.js`,
    "--json",
    "--no-progress",
    ...["-c", String(connections), "-d", String(seconds), "-p", String(pipelined), "-m", request.method],
    ...headers,
    ...(request.body === undefined ? [] : ["-b", request.body]),
    `http://127.0.0.1:${port}/`,
  ]);
  const result = JSON.parse(text) as {
    readonly requests: { readonly total: number; readonly average: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly errors: number;
    readonly non2xx: number;
  };
  return {
    requests: result.requests.total,
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    errors: result.errors + result.non2xx,
  };
}

async function output(command: readonly string[]): Promise<string> {
  const [program, ...args] = pinned(LOAD_CORE, command);
  const { success, stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`Cannot run ${command[0]}: ${text}${new TextDecoder().decode(stderr)}`);
  return text;
}
