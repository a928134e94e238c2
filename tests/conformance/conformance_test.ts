/**
 * Every vector against the server over sockets, under every runtime: whole, a byte at a time, and split at random places.
 * `README.md` says what is checked; it ends with tables that the runs make.
 */
import { assert, assertEquals } from "@std/assert";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { assertTable } from "../support/readme_table.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { assertSentinels, type Column, limiter, registerColumn, runCase } from "./conformance_runner.ts";
import { byteAtATime, type Delivery, randomSplits } from "./deliveries.ts";
import { forbidsSentinel } from "./judge.ts";
import { assertNodeAgrees, assertUndiciAgrees, type Capture } from "./other_parsers.ts";
import { socketExchange } from "./socket_exchange.ts";
import type { ParsedResponse } from "./strict_client.ts";
import { type Case, type LoadedVector, loadGroups, SMALL_LIMITS } from "./vectors.ts";

/** How many connections to a server are open at a time. */
const CONCURRENCY = 32;

/** How many vectors are started before their turn, so that connections are open side by side. */
const AHEAD = 48;

/** Up to this length a byte at a time means every byte. */
const SHORT = 1024;

const README = new URL("README.md", import.meta.url);

const groups = loadGroups();
const captures: Map<string, Capture> = new Map();
const refusals: Set<string> = new Set();
const columns = runtimes().map((runtime, turn, all) => {
  const column = socketColumn(runtime, (one) => one.edge || one.id % all.length === turn);
  return { name: column.name, counts: registerColumn(column, groups, AHEAD, keep) };
});

Deno.test("conformance: refusals have few fixed texts, whatever the input", () => {
  assert(refusals.size > 0, "No refusal was seen: this test is about those of the ones before");
  // Were a text made of the input, the vectors that stand for every byte would have made thousands.
  assert(refusals.size <= 80, `${refusals.size} different texts: ${[...refusals].join("")}`);
});

Deno.test("conformance: node:http's client reads what the strict parser reads", async () => {
  assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
  await assertNodeAgrees([...captures.values()]);
});

Deno.test({
  name: "conformance: undici's client reads what the strict parser reads",
  // Its pool keeps timers.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
    await assertUndiciAgrees([...captures.values()]);
  },
});

Deno.test("conformance: the table in README.md is the one of this run", () => {
  if (columns.length < 4 || columns.some(({ counts }) => counts.size < groups.length)) {
    return console.log("not compared: the run was narrowed to some runtimes, or by a filter");
  }
  const rows = groups.map((group) => [
    group.title,
    group.rfc,
    group.vectors.length,
    ...columns.map(({ counts }) => counts.get(group) ?? 0),
  ]);
  const head = ["group", "RFC", "vectors", ...columns.map(({ name }) => name)];
  const sums = head.slice(2).map((_, at) => rows.reduce((sum, row) => sum + Number(row[at + 2]), 0));
  assertTable(README, "vectors", [head, ...rows, ["all", "", ...sums]]);
});

/** Keeps the refusals, and the different responses to vectors that stand for one case, for the other parsers. */
function keep(vector: LoadedVector, finals: readonly ParsedResponse[]): void {
  for (const response of finals) {
    if (response.status >= 400 && response.body.endsWith("\n")) refusals.add(response.body);
    if (vector.cases.length > 1 && response.status < 400) continue;
    const isSentinel = response.body.includes('"target":"/sentinel/');
    captures.set(
      isSentinel ? "sentinel" : response.method + response.raw.replace(/^date: .*\r\n/im, ""),
      response,
    );
  }
}

/**
 * Servers in processes of their own.
 *
 * @param takes Whether a case goes to this runtime: of the bytes of a range, those between the first and the last take turns.
 */
function socketColumn(runtime: Runtime, takes: (one: Case) => boolean): Column {
  const script = new URL("server.ts", import.meta.url);
  const fixtures: Partial<Record<LoadedVector["server"], Promise<Fixture>>> = {};
  const fixture = (server: LoadedVector["server"]) =>
    fixtures[server] ??= startFixture(runtime, script, [
      JSON.stringify(server === "small" ? { limits: SMALL_LIMITS } : {}),
    ]);
  const limit = limiter(CONCURRENCY);
  return {
    name: runtime.name,
    async check(vector) {
      const { port } = await fixture(vector.server);
      const exchange = (pieces: readonly Uint8Array[]) => socketExchange(port, pieces, vector.halfClose);
      const responses = await Promise.all(
        vector.cases.filter(takes).map((one) =>
          limit(() => runCase(vector, one, exchange, (length) => deliveries(vector, one, length)))
        ),
      );
      if (vector.cases.some((one) => forbidsSentinel(vector, one))) {
        const range = `${vector.cases[0]!.id}-${vector.cases.at(-1)!.id}`;
        const reached = JSON.parse(await limit(() => ask(port, `/reached/${range}`))) as number[];
        assertSentinels(vector, new Set(reached));
      }
      return responses.flat();
    },
    async stop() {
      for (const started of Object.values(fixtures)) {
        const { stop, stderr } = await started;
        const code = await stop();
        assertEquals({ code, stderr }, { code: 0, stderr: [] });
      }
    },
  };
}

function deliveries(vector: LoadedVector, one: Case, length: number): Delivery[] {
  if (!one.edge) return [];
  const bytewise = byteAtATime(Math.min(one.input.length, length - 1), SHORT, one.id);
  return [bytewise, ...randomSplits(length, vector.cases.length === 1 ? 2 : 0, one.id)];
}

/** Sends a request that is none of the vectors', and returns the content of the answer. */
async function ask(port: number, path: string): Promise<string> {
  const request = new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const { received } = await socketExchange(port, [request], false);
  return received.slice(received.indexOf("\r\n\r\n") + 4);
}
