/**
 * The test task: every check, then `deno test`. The last line is `N passed, N failed`, with `, N skipped` if
 * tests were skipped.
 *
 *     deno task test                           everything
 *     deno task test tests/http --filter=set   some of the tests; arguments are those of `deno test`
 *     deno task test --only=fmt,lint           some of the checks: fmt, lint, check, doc, publish, test
 */

import { findRuntimes, NODE_CACHE } from "../tests/support/runtimes.ts";

/** Result of a check or of a run of the tests. */
interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

/** One test of a JUnit report. */
interface TestCase {
  readonly name: string;
  readonly file: string;
  readonly result: "passed" | "failed" | "skipped";
}

/** Milliseconds after which `deno test` counts as hung. */
const DEADLINE = 40 * 60_000;

/**
 * All tests, with those first that run the most processes in sequence, so that none is left running alone at
 * the end.
 */
const LONGEST_FIRST = [
  "tests/threads/behaviour_test.ts",
  "tests/threads/behaviour_dispatch_test.ts",
  "tests/threads/supervision_test.ts",
  "tests/behaviour",
  "tests/cli_test.ts",
  "tests/threads/startup_test.ts",
  "tests/threads/limits_test.ts",
  "tests/threads/dispatch_flow_test.ts",
  "tests/threads",
  "tests/conformance",
  "tests/cli",
  ".",
];

/** Entities that a JUnit report uses for the special characters of XML. */
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

const config = JSON.parse(Deno.readTextFileSync("deno.json")) as { exports: Record<string, string> };

/**
 * Each check is one command of Deno. All are fast and independent, so they run in parallel with the tests.
 * `publish` detects slow types and similar problems; `check` checks the types.
 */
const CHECKS: Record<string, readonly string[]> = {
  fmt: ["fmt", "--check"],
  lint: ["lint"],
  check: ["check", "--doc", ".", "README.md"],
  doc: ["doc", "--lint", ...Object.values(config.exports)],
  publish: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
};

async function runCheck(args: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
  }).output();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`deno ${args.join(" ")} ... ${success ? "ok" : "FAILED"} (${seconds}s)`);
  if (!success) {
    Deno.stdout.writeSync(stdout);
    Deno.stderr.writeSync(stderr);
  }
  return { passed: success ? 1 : 0, failed: success ? 0 : 1, skipped: 0 };
}

/** Runs the tests; `checked` is `true` if all types have been checked before. */
async function runTests(args: readonly string[], checked: boolean): Promise<Outcome> {
  await findRuntimes();
  const folder = await Deno.makeTempDir({ prefix: "handoff_test_" });
  try {
    const report = `${folder}/report.xml`;
    await Deno.writeTextFile(report, "");
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "-A", "--doc", "--parallel", `--junit-path=${report}`],
        ...(checked ? ["--no-check"] : []),
        ...(args.length > 0 ? args : LONGEST_FIRST),
      ],
      stdin: "null",
      env: {
        // Many tests only wait for time to pass.
        DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(3 * navigator.hardwareConcurrency),
        // This cache halves the start time of a process on Node: see tests/support/runtimes.ts.
        [NODE_CACHE]: folder,
        NODE_COMPILE_CACHE: folder,
      },
    }).spawn();
    const deadline = setTimeout(() => {
      console.error(`deno test did not end in ${DEADLINE / 60_000} minutes: ending it`);
      child.kill();
    }, DEADLINE);
    const { success } = await child.status;
    clearTimeout(deadline);
    const filtered = args.some((arg) => arg.startsWith("--filter"));
    return judge(parseReport(await Deno.readTextFile(report)), success, filtered);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Counts the tests of a report and what it omits: a module that fails to load is missing, the report of a
 * crashed run is empty, and a skipped test states its reason only in its name. Tests excluded by a filter are
 * reported as skipped.
 */
function judge(cases: readonly TestCase[], success: boolean, filtered: boolean): Outcome {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0 };
  const complain = (message: string) => {
    console.error(message);
    outcome.failed++;
  };
  for (const { name, file, result } of cases) {
    if (result !== "skipped") {
      outcome[result]++;
    } else if (name.includes("[skipped: ")) {
      outcome.skipped++;
      console.log(name);
    } else if (!filtered) {
      complain(`${name} (${file}) is skipped without a reason: use tests/support/skip.ts`);
    }
  }
  if (outcome.passed + outcome.failed === 0) complain("deno test ran no test");
  if (!success && outcome.failed === 0) complain("deno test failed outside of a test");
  return outcome;
}

function parseReport(xml: string): TestCase[] {
  const unescape = (text: string) => text.replace(/&(\w+);/g, (entity, name) => ENTITIES[name] ?? entity);
  return Array.from(
    xml.matchAll(/<testcase name="([^"]*)" classname="([^"]*)"[^>]*>([^]*?)<\/testcase>/g),
    ([, name = "", file = "", body = ""]) => ({
      name: unescape(name),
      file: unescape(file),
      result: /^\s*<(?:failure|error)\b/.test(body)
        ? "failed"
        : /^\s*<skipped\b/.test(body)
        ? "skipped"
        : "passed",
    }),
  );
}

async function main(args: readonly string[]): Promise<void> {
  const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length).split(",");
  const testArgs = args.filter((arg) => !arg.startsWith("--only="));
  const names = only ?? (testArgs.length > 0 ? ["test"] : [...Object.keys(CHECKS), "test"]);
  const unknown = names.filter((name) => name !== "test" && !(name in CHECKS));
  if (unknown.length > 0) throw new Error(`Cannot run the check "${unknown.join('", "')}": there is none`);

  const outcomes = await Promise.all([
    ...Object.entries(CHECKS).filter(([name]) => names.includes(name)).map(([, check]) => runCheck(check)),
    ...(names.includes("test") ? [runTests(testArgs, names.includes("check"))] : []),
  ]);

  const sum = (key: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum("skipped");
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (sum("failed") > 0) Deno.exitCode = 1;
}

if (import.meta.main) await main(Deno.args);
