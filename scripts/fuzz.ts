/**
 * Fuzzes the whole server in memory with mutated and spliced conformance vectors, and compares it with an
 * independent implementation of the RFCs and with `node:http`. `tests/fuzz/README.md` lists the checked
 * properties and explains the differences of Node.
 *
 *     deno task fuzz                               100,000 cases, 5,000 of them also on Node
 *     deno task fuzz -- --cases 1000000 --seed 7   more and other cases
 *     deno task fuzz -- --differential 50000       number of cases on Node
 *     deno task fuzz -- --case 4711 --seed 7       one case again, with its bytes
 *
 * A seed always produces the same cases. The exit code is 1 if anything fails, or Node differs for an
 * unexplained reason.
 */
import { parseArgs } from "node:util";
import { campaign, type Failure } from "../tests/fuzz/campaign.ts";
import { loadCorpus } from "../tests/fuzz/corpus.ts";
import { Differential, type Disagreement, explainedReasons } from "../tests/fuzz/differential.ts";
import { caseOf } from "../tests/fuzz/properties.ts";
import { linesOf } from "../tests/support/lines.ts";

/** The cases to run. */
interface Plan {
  readonly cases: number;
  readonly seed: number;
  readonly differential: number;
  readonly jobs: number;
}

const PROGRESS = 10_000;

/** Number of cases that are sent to Node at once. */
const BATCH = 2000;

/** Runs some of the cases in a separate process. */
async function runJob(
  plan: Plan,
  from: number,
  to: number,
  progress: (done: number) => void,
): Promise<Failure[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      import.meta.url,
      "--seed",
      `${plan.seed}`,
      "--from",
      `${from}`,
      "--to",
      `${to}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let failures: Failure[] | undefined;
  for await (const line of linesOf(child.stdout)) {
    const message = JSON.parse(line) as number | Failure[];
    if (typeof message === "number") progress(message);
    else failures = message;
  }
  const { success } = await child.status;
  if (!success || failures === undefined) throw new Error(`The cases from ${from} to ${to} did not end`);
  return failures;
}

/** Runs in the separate process: serves its part of the cases. */
async function serveJob(seed: number, from: number, to: number): Promise<void> {
  let told = 0;
  const { failures } = await campaign(loadCorpus(), seed, from, to, (done) => {
    if (done - told < PROGRESS) return;
    console.log(told = done);
  });
  console.log(JSON.stringify(failures));
}

async function main(plan: Plan): Promise<void> {
  const { cases, seed, jobs } = plan;
  const started = performance.now();
  const done = new Array<number>(jobs).fill(0);
  const size = Math.ceil(cases / jobs);
  const failures = (await Promise.all(done.map((_, job) => {
    const [from, to] = [Math.min(cases, job * size), Math.min(cases, (job + 1) * size)];
    return runJob(plan, from, to, (count) => {
      done[job] = count;
      const sum = done.reduce((a, b) => a + b);
      console.error(`${sum} of ${cases} cases, ${perSecond(sum, started)} a second`);
    });
  }))).flat();
  console.log(`${cases} cases of seed ${seed} in memory, ${perSecond(cases, started)} a second:`);
  console.log(`${failures.reduce((sum, { count }) => sum + count, 0)} failures of ${failures.length} kinds`);
  for (const failure of failures) printFailure(failure, seed);
  if (failures.length > 0) Deno.exitCode = 1;
  if (plan.differential > 0) await runDifferential(plan);
}

function perSecond(count: number, started: number): number {
  return Math.round(count / (performance.now() - started) * 1000);
}

function printFailure({ kind, count, number, one, message }: Failure, seed: number): void {
  console.log(`\n${count} times: ${kind}`);
  console.log(
    `  first: --seed ${seed} --case ${number}, handler "${one.manner}"${one.small ? ", small limits" : ""}`,
  );
  console.log(`  bytes: ${JSON.stringify(one.text)}`);
  console.log(`  ${message}`);
}

async function runDifferential({ seed, differential: count }: Plan): Promise<void> {
  const corpus = loadCorpus();
  const started = performance.now();
  await using differential = await Differential.start();
  for (let from = 0; from < count; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) => from + index);
    await differential.compare(numbers.map((number) => caseOf(corpus, seed, number).text));
    console.error(
      `${from + numbers.length} of ${count} cases against Node, ${perSecond(from, started)} a second`,
    );
  }
  const disagreements = await differential.disagreements();
  const explained = explainedReasons();
  const sum = disagreements.reduce((sum, { count }) => sum + count, 0);
  console.log(`\n${count} cases against node:http: ${sum} disagreements for ${disagreements.length} reasons`);
  for (const disagreement of disagreements) {
    const isExplained = explained.has(disagreement.reason);
    printDisagreement(disagreement, isExplained ? "" : ", which nothing explains");
    if (!isExplained) Deno.exitCode = 1;
  }
}

function printDisagreement({ reason, count, example, seen }: Disagreement, remark: string): void {
  console.log(`\n${count} times: ${reason}${remark}`);
  console.log(`  bytes: ${JSON.stringify(example)}`);
  console.log(`  seen: ${seen}`);
}

/** Runs one case again. */
async function again(seed: number, number: number): Promise<void> {
  const corpus = loadCorpus();
  console.log(caseOf(corpus, seed, number));
  const { failures } = await campaign(corpus, seed, number, number + 1);
  for (const failure of failures) printFailure(failure, seed);
  console.log(failures.length === 0 ? "Nothing fails" : "It fails");
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      cases: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      differential: { type: "string" },
      jobs: { type: "string", default: "2" },
      case: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
    },
  });
  const [cases, seed, jobs] = [Number(values.cases), Number(values.seed), Number(values.jobs)];
  const differential = values.differential === undefined
    ? Math.ceil(cases / 20)
    : Number(values.differential);
  if (values.case !== undefined) await again(seed, Number(values.case));
  else if (values.from !== undefined) await serveJob(seed, Number(values.from), Number(values.to));
  else await main({ cases, seed, differential, jobs });
}
