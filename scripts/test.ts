/**
 * The test task: every check that has to hold, then `deno test`. The last line is `N passed, N failed`, with
 * `, N skipped` where something was.
 *
 *     deno task test                           everything
 *     deno task test tests/http --filter=set   a part of the tests; arguments are those of `deno test`
 *     deno task test --only=fmt,lint           some of the checks: fmt, lint, check, doc, publish, test
 */

import { findRuntimes, NODE_CACHE } from "../tests/support/runtimes.ts";

/** What a check or a run of the tests came to. */
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
const DEADLINE = 10 * 60_000;

/** All tests, those first that one process after the other takes longest for: none shall be left running alone. */
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

/** What a JUnit report writes for a character that XML would take for markup. */
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

const config = JSON.parse(Deno.readTextFileSync("deno.json")) as { exports: Record<string, string> };

/**
 * Each is one command of Deno's and counts as one. All are cheap and share nothing, so they run beside the tests. What is
 * published is looked at for slow types and the like; `check` checks the types.
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

/** Runs the tests; `checked` tells that all types have been checked before. */
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
        // Many tests wait for a time to pass.
        DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(3 * navigator.hardwareConcurrency),
        // Half of what a process on Node takes to start is what these keep: see tests/support/runtimes.ts.
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
 * Counts what the report holds and what it keeps silent about: a module that fails to load is missing from it, a run that
 * crashes leaves it empty, and a skipped test states no reason other than in its name. Tests that a filter leaves out stand
 * in it as skipped.
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
