/**
 * Runs every vector against the server in this process, where pieces arrive exactly as they were cut: a byte
 * at a time, and split in two at every byte.
 */
import { assertEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { memoryListener, type MemoryNetwork } from "../../src/net/memory.ts";
import { assertTable } from "../support/readme_table.ts";
import { assertSentinels, type Column, registerColumn, runCase } from "./conformance_runner.ts";
import { byteAtATime, type Delivery, splitsInTwo } from "./deliveries.ts";
import { handler, reachedSentinels } from "./handler.ts";
import { memoryExchange } from "./memory_exchange.ts";
import type { ParsedResponse } from "./strict_client.ts";
import { type Case, type LoadedVector, loadGroups, SMALL_LIMITS } from "./vectors.ts";

/** Length up to which a byte at a time means every byte. */
const SHORT = 1024;

const README = new URL("README.md", import.meta.url);

const groups = loadGroups();
const exchanges = new Map<LoadedVector, number>();
const counts = registerColumn(memoryColumn(), groups, 1, () => {});

Deno.test("conformance: the table of splits in README.md is the one of this run", () => {
  if (counts.size < groups.length) return console.log("not compared: the run was narrowed by a filter");
  const rows = groups.map(({ title, vectors }) => [
    title,
    vectors.length,
    vectors.reduce((sum, { cases }) => sum + cases.length, 0),
    vectors.reduce((sum, vector) => sum + (exchanges.get(vector) ?? 0), 0),
    counts.get(groups.find((group) => group.title === title)!) ?? 0,
  ]);
  const sums = [1, 2, 3, 4].map((at) => rows.reduce((sum, row) => sum + Number(row[at]), 0));
  assertTable(README, "splits", [["group", "vectors", "cases", "exchanges", "passed"], ...rows, [
    "all",
    ...sums,
  ]]);
});

function memoryColumn(): Column {
  let started: Promise<Record<LoadedVector["server"], MemoryNetwork>> | undefined;
  const listening: { close(): Promise<void> }[] = [];
  const unexpected: unknown[] = [];
  const onError = (error: unknown) => {
    const name = error instanceof Error ? error.name : "";
    // Errors that the client caused also reach the handler, which rejects with them.
    if (name !== "HttpError" && name !== "ConnectionClosedError") unexpected.push(error);
  };
  const start = async () => {
    const networks = { default: memoryListener(), small: memoryListener() };
    listening.push(
      await Server.from(networks.default.listener, { onError }).handle(handler),
      await Server.from(networks.small.listener, { onError, limits: SMALL_LIMITS }).handle(handler),
    );
    return networks;
  };
  return {
    name: "memory",
    async check(vector) {
      const network = (await (started ??= start()))[vector.server];
      const responses: ParsedResponse[] = [];
      let count = 0;
      const exchange = (pieces: readonly Uint8Array[]) => {
        count++;
        return memoryExchange(network, pieces, vector.halfClose);
      };
      for (const one of vector.cases) {
        responses.push(...await runCase(vector, one, exchange, (length) => deliveries(one, length)));
      }
      exchanges.set(vector, count);
      const reached = reachedSentinels(vector.cases[0]!.id, vector.cases.at(-1)!.id);
      assertSentinels(vector, new Set(reached));
      return responses;
    },
    async stop() {
      await Promise.all(listening.map((server) => server.close()));
      assertEquals(unexpected, []);
    },
  };
}

/** The cases between the first and last byte of a range are split only before and after that byte. */
function deliveries(one: Case, length: number): Delivery[] {
  const splits = one.edge
    ? splitsInTwo(Math.min(one.input.length, length - 1))
    : [one.byteAt, one.byteAt + 1].map((at) => ({ name: `split at ${at}`, cuts: [at] }));
  return [byteAtATime(length - 1, SHORT, one.id), ...splits];
}
