/**
 * Runs cases that need more than fixed bytes in and out: several steps, time, unusual handlers, or clients
 * that disconnect. Each case runs on every runtime.
 */
import { assert, assertEquals } from "@std/assert";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { assertTable } from "../support/readme_table.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { readAhead } from "./conformance_runner.ts";
import { assertNodeAgrees, assertUndiciAgrees, type Capture } from "./other_parsers.ts";
import { SemanticsContext } from "./semantics_context.ts";
import { expect } from "./semantics_expect.ts";
import { fields } from "./semantics_fields.ts";
import { http10 } from "./semantics_http10.ts";
import { interimAndTrailers } from "./semantics_interim_and_trailers.ts";
import { lengths } from "./semantics_lengths.ts";
import { limits } from "./semantics_limits.ts";
import { pipelining } from "./semantics_pipelining.ts";
import { rejections } from "./semantics_rejections.ts";
import { timeouts } from "./semantics_timeouts.ts";
import { unread } from "./semantics_unread.ts";
import { upgrade } from "./semantics_upgrade.ts";
import { vanishing } from "./semantics_vanishing.ts";

const README = new URL("README.md", import.meta.url);

const sections = [
  expect,
  pipelining,
  unread,
  lengths,
  http10,
  interimAndTrailers,
  fields,
  upgrade,
  vanishing,
  rejections,
  timeouts,
  limits,
];
const cases = sections.flatMap(({ title, cases }) => cases.map((one) => ({ section: title, ...one })));

/** Number of cases that start before their tests: most of their time is spent waiting. */
const AHEAD = 16;

/** The server of one runtime, with the number of passed cases by section. */
interface Column {
  readonly name: string;
  readonly passed: Map<string, number>;
  readonly run: (index: number) => Promise<void>;
  readonly server: () => Promise<[Fixture, SemanticsContext]>;
}

// Cases run ahead of their tests, so a test does not own the resources that are open.
const options = { sanitizeOps: false, sanitizeResources: false };
const captures: Map<string, Capture> = new Map();
const columns: Column[] = runtimes().map(column);

function column(runtime: Runtime): Column {
  let started: Promise<[Fixture, SemanticsContext]> | undefined;
  const start = async (): Promise<[Fixture, SemanticsContext]> => {
    const fixture = await startFixture(runtime, new URL("semantics_server.ts", import.meta.url));
    return [fixture, await SemanticsContext.of(fixture.port, captures)];
  };
  const server = () => started ??= start();
  const run = readAhead(cases.length, AHEAD, async (index) => {
    const [, context] = await server();
    const { run, gaps } = cases[index]!;
    if (gaps[runtime.name] === undefined) await run(context);
  });
  return { name: runtime.name, passed: new Map(), run, server };
}

cases.forEach((one, index) => {
  for (const { name, run, passed } of columns) {
    const gap = one.gaps[name];
    Deno.test({
      name: `semantics: ${one.section}: ${one.name} (${name})${
        gap === undefined ? "" : ` [skipped: ${gap}]`
      }`,
      ignore: gap !== undefined,
      ...options,
      fn: async () => {
        await run(index);
        passed.set(one.section, (passed.get(one.section) ?? 0) + 1);
      },
    });
  }
});

for (const { name, server } of columns) {
  Deno.test({
    name: `semantics: every connection that began has ended, and nothing was unhandled (${name})`,
    ...options,
    fn: async () => {
      const [fixture, context] = await server();
      // The connection of this request is the only one.
      let open = Infinity;
      for (let turn = 0; turn < 400 && open > 1; turn++) {
        const counts = JSON.parse(await context.ask("/connections")) as { started: number; ended: number };
        open = counts.started - counts.ended;
        if (open > 1) await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assertEquals(open, 1);
      const code = await fixture.stop();
      assertEquals({ code, stderr: fixture.stderr }, { code: 0, stderr: [] });
    },
  });
}

Deno.test("semantics: node:http's client reads what the strict parser reads", async () => {
  assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
  await assertNodeAgrees([...captures.values()]);
});

Deno.test({
  name: "semantics: undici's client reads what the strict parser reads",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert(captures.size > 0, "No response was seen: this test is about those of the ones before");
    await assertUndiciAgrees([...captures.values()]);
  },
});

Deno.test("semantics: the table in README.md is the one of this run", () => {
  if (columns.length < 4 || columns.some(({ passed }) => passed.size < sections.length)) {
    return console.log("not compared: the run was narrowed to some runtimes, or by a filter");
  }
  const rows = sections.map(({ title, cases }) => [
    title,
    cases.length,
    ...columns.map(({ passed }) => passed.get(title) ?? 0),
  ]);
  const gaps = cases.filter((one) => Object.keys(one.gaps).length > 0).map((one) => [
    `gap: ${one.name}: ${Object.values(one.gaps).join("; ")}`,
    1,
    ...columns.map(({ name }) => one.gaps[name] === undefined ? "" : "gap"),
  ]);
  const sums = [
    cases.length,
    ...columns.map(({ passed }) => [...passed.values()].reduce((a, b) => a + b, 0)),
  ];
  const head = ["section", "cases", ...columns.map(({ name }) => name)];
  assertTable(README, "semantics", [head, ...rows, ["all", ...sums], ...gaps]);
});
