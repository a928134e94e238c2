/**
 * Mutation testing of the parser's validation: makes one small change after the other to the sources, and
 * reports changes that no unit test detects. Deleting a line, negating a condition, or dropping an operand of
 * a condition must make a test fail.
 *
 *     deno task mutate                       all of the files below
 *     deno task mutate src/h1/authority.ts   some of them
 *     deno task mutate --list                prints the mutants and runs nothing
 *
 * A mutant that is equivalent to the original cannot be detected. A table in `tests/h1/README.md` lists these
 * with the reason; a row that matches no surviving mutant is an error, so that the table stays current. The
 * exit code is 1 if a mutant survives that is not in the table.
 */
import { type Mutant, mutantsOf } from "./mutate/mutants.ts";
import { TestProcess } from "./mutate/test_process.ts";

/** The mutated files, each with the tests that run first. */
const TARGETS: readonly { readonly file: string; readonly tests: readonly string[] }[] = [
  ...Array.from(Deno.readDirSync("src/h1"), ({ name }) => name).sort().map((name) => ({
    file: `src/h1/${name}`,
    tests: [`tests/h1/${name.replace(/\.ts$/, "_test.ts")}`].filter(isFile),
  })),
  { file: "src/http/field_grammar.ts", tests: ["tests/http/field_grammar_test.ts"] },
  {
    file: "src/http/field_name.ts",
    tests: ["tests/http/field_name_test.ts", "tests/http/header_map_test.ts"],
  },
  { file: "src/http/field_value.ts", tests: ["tests/http/header_map_test.ts"] },
  { file: "src/http/header_map.ts", tests: ["tests/http/header_map_test.ts"] },
  {
    file: "src/http/request_head.ts",
    tests: [
      "tests/http/request_head_test.ts",
      "tests/h1/framing_fields_test.ts",
      "tests/h1/request_head_parser_test.ts",
    ],
  },
  { file: "src/http/status.ts", tests: ["tests/http/status_test.ts"] },
];

/**
 * Lists the tests that run if the first tests detect nothing: the tests of the layer and of the layers above
 * it.
 */
function allTests(base: string, file: string): string[] {
  const folders = file.startsWith("src/h1/") ? ["tests/h1"] : ["tests/http", "tests/h1"];
  return folders.flatMap((folder) =>
    Array.from(Deno.readDirSync(`${base}/${folder}`), ({ name }) => `${folder}/${name}`)
      .filter((path) => path.endsWith("_test.ts")).sort()
  );
}

/** Files and folders that a copy of the project needs for those tests. */
const NEEDED = [
  "src/h1",
  "src/http",
  "tests/h1",
  "tests/http",
  "tests/support",
  "tests/conformance/strict_client.ts",
  "deno.json",
];

const EXPLAINED = "tests/h1/README.md";

const JOBS = 2;

/**
 * Limits of CPU time in seconds. A mutant with an endless loop is detected because its tests do not end. The
 * limits are several times what the tests of one file, and of a layer, normally use.
 */
const FILE_LIMIT = 5;
const LAYER_LIMIT = 40;

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Result of a mutant. */
type Outcome = "killed" | "hung" | "not compiled" | "survived";

async function judge(
  base: string,
  process: TestProcess,
  mutant: Mutant,
  first: readonly string[],
): Promise<Outcome> {
  const folder = copyOf(base);
  try {
    Deno.writeTextFileSync(`${folder}/${mutant.file}`, mutant.text);
    for (const [tests, limit] of [[first, FILE_LIMIT], [allTests(base, mutant.file), LAYER_LIMIT]] as const) {
      const result = await process.run({ folder, tests }, limit);
      if (result !== "ok") return result === "hung" ? "hung" : "killed";
    }
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--no-lock", mutant.file],
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? "survived" : "not compiled";
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function copyOf(base: string): string {
  const folder = Deno.makeTempDirSync({ prefix: "handoff_mutate_" });
  for (const path of NEEDED) {
    Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    copy(`${base}/${path}`, `${folder}/${path}`);
  }
  return folder;
}

function copy(from: string, to: string): void {
  if (Deno.statSync(from).isDirectory) {
    Deno.mkdirSync(to, { recursive: true });
    for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
  } else {
    Deno.copyFileSync(from, to);
  }
}

/** Reads the rows of the table of equivalent mutants: file, kind and code, as they are printed. */
function explained(): Set<string> {
  const rows = Deno.readTextFileSync(EXPLAINED).matchAll(
    /^\| `([^`]+)` *\| (\w+) *\| (`+) ?(.*?) ?\3 *\| .+ \|$/gm,
  );
  return new Set(Array.from(rows, ([, file, kind, , code]) => keyOf(file!, kind!, code!)));
}

/** A vertical bar would end the cell of the table. */
function keyOf(file: string, kind: string, code: string): string {
  return `${file} ${kind} ${code.replaceAll("\\|", "|")}`;
}

async function main(args: readonly string[]): Promise<void> {
  const files = args.filter((arg) => !arg.startsWith("--"));
  const targets = TARGETS.filter(({ file }) => files.length === 0 || files.includes(file));
  const work = targets.flatMap(({ file, tests }) => mutantsOf(file).map((mutant) => ({ mutant, tests })));
  if (args.includes("--list")) {
    for (const { mutant: { file, line, kind, code } } of work) console.log(`${file}:${line} ${kind} ${code}`);
    console.log(`${work.length} mutants`);
    return;
  }
  const processes = Array.from({ length: JOBS }, () => new TestProcess());
  const survivors: Mutant[] = [];
  const counts: Record<Outcome, number> = { "killed": 0, "hung": 0, "not compiled": 0, "survived": 0 };
  // A copy of the current sources, independent of later edits.
  const base = copyOf(Deno.cwd());
  const healthy = await processes[0]!.run({ folder: base, tests: allTests(base, "src/http/") }, LAYER_LIMIT);
  if (healthy !== "ok") throw new Error("Cannot mutate: the tests fail as it is");
  let done = 0;
  const queue = work.values();
  await Promise.all(processes.map(async (process) => {
    for (const { mutant, tests } of queue) {
      const outcome = await judge(base, process, mutant, tests);
      counts[outcome]++;
      if (++done % 100 === 0) console.error(`${done} of ${work.length} mutants`);
      if (outcome !== "survived") continue;
      survivors.push(mutant);
      console.log(`survives: ${mutant.file}:${mutant.line} ${mutant.kind} ${mutant.code}`);
    }
    await process.end();
  }));
  Deno.removeSync(base, { recursive: true });
  report(work.length, counts, survivors, files.length === 0);
}

function report(
  total: number,
  counts: Record<Outcome, number>,
  survivors: Mutant[],
  everything: boolean,
): void {
  const table = explained();
  const unused = new Set(table);
  const unexplained = survivors.filter(({ file, kind, code }) => {
    const key = keyOf(file, kind, code);
    unused.delete(key);
    return !table.has(key);
  });
  for (const { file, line, kind, code } of unexplained) {
    console.log(`survived: ${file}:${line} ${kind} ${code}`);
  }
  if (everything) { for (const key of unused) console.log(`explained, but it does not survive: ${key}`); }
  console.log(
    `${total} mutants: ${counts.killed} killed by tests, ${counts.hung} because their tests did not end, ` +
      `${counts["not compiled"]} by the compiler alone, ` +
      `${survivors.length - unexplained.length} equivalent, ${unexplained.length} survived`,
  );
  if (unexplained.length > 0 || (everything && unused.size > 0)) Deno.exitCode = 1;
}

if (import.meta.main) await main(Deno.args);
