import { runtimes } from "../../tests/support/runtimes.ts";
import { type Way, waysOf } from "../../tests/threads/ways.ts";
import { KeepAliveClient } from "./keep_alive_client.ts";
import { worthOfTwo } from "./machine.ts";
import { DrillServer, wrk } from "./process.ts";

/** A row of a table. */
export type Row = Readonly<Record<string, string | number>>;

/**
 * Compares two threads with one, with a handler that computes for 2 ms. The aim is 1.8 if the two cores of
 * the machine are worth two, which the last column shows.
 */
export async function* speedup(seconds: number): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    for (const way of waysOf(runtime)) {
      const rates: number[] = [];
      for (const threads of [1, 2]) {
        await using server = await DrillServer.start(runtime, threads, way);
        // Few connections, because the threads need the machine's two cores. reusePort needs several
        // connections to spread.
        rates.push((await wrk(server.port, "/burn?2", 8, seconds)).perSecond);
      }
      const [one = NaN, two = NaN] = rates;
      const machine = round(await worthOfTwo(seconds));
      yield { runtime: runtime.name, way, one, two, ratio: round(two / one), aim: "≥ 1.8", machine };
    }
  }
}

/** Measures the latency of other requests if one request in 100 computes for 200 ms, over 64 connections. */
export async function* tail(seconds: number): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    for (const way of waysOf(runtime)) {
      await using server = await DrillServer.start(runtime, 2, way);
      const times: number[] = [];
      const until = performance.now() + seconds * 1000;
      let asked = 0;
      await Promise.all(Array.from({ length: 64 }, async () => {
        using client = await KeepAliveClient.connect(server.port);
        while (performance.now() < until) {
          const burns = ++asked % 100 === 0;
          const started = performance.now();
          await client.get(burns ? "/burn?200" : "/");
          if (!burns) times.push(performance.now() - started);
        }
      }));
      times.sort((a, b) => a - b);
      const at = (share: number) => round(times[Math.floor(times.length * share)] ?? NaN);
      yield { runtime: runtime.name, way, trivial: times.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
    }
  }
}

/**
 * Measures the CPU time of the whole process for each trivial request, relative to one thread. The aim is
 * 2.5.
 */
export async function* cost(seconds: number): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    let single = NaN;
    for (const way of ["single", ...waysOf(runtime)] as const) {
      await using server = await DrillServer.start(runtime, way === "single" ? 1 : 2, asOption(way));
      await wrk(server.port, "/", 64, 2);
      const before = server.cpu();
      const { requests, errors } = await wrk(server.port, "/", 64, seconds);
      const each = (server.cpu() - before) / requests * 1e6;
      if (way === "single") single = each;
      yield {
        runtime: runtime.name,
        way,
        "µs of CPU": round(each),
        "of one thread": round(each / single),
        aim: way === "dispatch" ? "≤ 2.5" : "",
        errors,
      };
    }
  }
}

/** Runs full load while one thread crashes each second. */
export async function* kill(seconds: number): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    for (const way of waysOf(runtime)) {
      await using server = await DrillServer.start(runtime, 2, way);
      await wrk(server.port, "/", 64, 2);
      const before = { ...(await server.figures()), memory: server.memory() };
      let crashes = 0;
      let refused = 0;
      const crashing = setInterval(async () => {
        crashes++;
        try {
          using client = await KeepAliveClient.connect(server.port);
          await client.get("/crash").catch(() => {});
        } catch {
          refused++;
        }
      }, 1000);
      const load = await wrk(server.port, "/", 64, seconds);
      clearInterval(crashing);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const after = await server.figures();
      yield {
        runtime: runtime.name,
        way,
        crashes,
        restarts: after.stats.threads.reduce((sum, { restarts }) => sum + restarts, 0),
        refused,
        requests: load.requests,
        handled: after.handled - before.handled,
        errors: load.errors,
        MiB: `${Math.round(before.memory)} → ${Math.round(server.memory())}`,
      };
    }
  }
}

/** Opens 256 connections at once. The aim is that no thread has less than half its share. */
export async function* spread(): AsyncGenerator<Row> {
  for (const runtime of runtimes()) {
    for (const way of waysOf(runtime).filter((way) => way !== "dispatch")) {
      const threads = 4;
      await using server = await DrillServer.start(runtime, threads, way);
      const clients = await Promise.all(
        Array.from({ length: 256 }, () => KeepAliveClient.connect(server.port)),
      );
      const counts = new Array<number>(threads).fill(0);
      for (const client of clients) counts[Number(await client.get("/thread"))]!++;
      for (const client of clients) client.close();
      yield {
        runtime: runtime.name,
        way,
        connections: counts.join(" "),
        least: Math.min(...counts),
        aim: "≥ 32",
      };
    }
  }
}

function asOption(way: Way | "single"): Way | undefined {
  return way === "single" ? undefined : way;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
