/**
 * Mutation testing of the parser's validation: makes one small change after the other to the sources, and tells which of them
 * no unit test notices. Every line that is deleted, every condition that is negated, every operand of a condition that is left
 * out has to make some test fail.
 *
 *     deno task mutate                       all of the files below
 *     deno task mutate src/h1/authority.ts   some of them
 *     deno task mutate --list                prints the mutants and runs nothing
 *
 * A mutant that behaves like the original cannot be noticed. Such are told by a table in `tests/h1/README.md`, which says why;
 * a row there that matches no survivor is an error, so that the table cannot hide anything. Ends with 1 if a mutant survives
 * that the table does not explain.
 */
import ts from "typescript";

/** The files whose every line is tried, and the tests that are the first to fail. */
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
  { file: "src/http/status.ts", tests: ["tests/http/status_test.ts"] },
];

/** What runs where the first tests notice nothing: the tests of the layer and of those above it. */
function allTests(base: string, file: string): string[] {
  const folders = file.startsWith("src/h1/") ? ["tests/h1"] : ["tests/http", "tests/h1"];
  return folders.flatMap((folder) =>
    Array.from(Deno.readDirSync(`${base}/${folder}`), ({ name }) => `${folder}/${name}`)
      .filter((path) => path.endsWith("_test.ts")).sort()
  );
}

/** What a copy of the project needs to run those tests. */
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
 * Seconds of processor time: a mutant that loops for ever is noticed by its tests, which do not end. Healthy, those of one file
 * take less than one (of header_map less than three), and all of a layer less than ten.
 */
const FILE_LIMIT = 5;
const LAYER_LIMIT = 40;

/** How many mutants one process takes, for it keeps all of their modules. */
const MUTANTS_PER_PROCESS = 60;

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

type Kind = "delete" | "negate" | "drop";

/** One changed file. */
interface Mutant {
  readonly file: string;
  readonly kind: Kind;
  /** One-based, in the original. */
  readonly line: number;
  /** What was deleted, negated or dropped, on one line. */
  readonly code: string;
  /** The changed file. */
  readonly text: string;
}

/** What became of a mutant. */
type Outcome = "killed" | "hung" | "not compiled" | "survived";

/** A change of the text between two offsets. */
interface Edit {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

function mutantsOf(file: string): Mutant[] {
  const text = Deno.readTextFileSync(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  // Without blanks: a statement that is deleted from its line is the same as a line that is deleted.
  const bare = (text: string) => text.replace(/\s+/g, " ");
  const seen = new Set<string>([bare(text)]);
  const mutants: Mutant[] = [];
  for (const edit of [...lineDeletions(text, source), ...statementDeletions(source), ...conditions(source)]) {
    const changed = text.slice(0, edit.start) + edit.replacement + text.slice(edit.end);
    if (seen.has(bare(changed)) || !parses(file, changed)) continue;
    seen.add(bare(changed));
    const code = text.slice(edit.start, edit.end).replace(/\s+/g, " ").trim();
    const line = text.slice(0, edit.start).split("\n").length;
    mutants.push({ file, kind: edit.kind, line, code, text: changed });
  }
  return mutants.sort((a, b) => a.line - b.line);
}

/** Every line with code on it that is there at run time. */
function lineDeletions(text: string, source: ts.SourceFile): Edit[] {
  const types = source.statements.filter((statement) =>
    ts.isImportDeclaration(statement) || ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  );
  const edits: Edit[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = Math.min(text.length, start + line.length + 1);
    const isType = types.some((statement) => statement.getFullStart() <= start && start < statement.getEnd());
    if (!isType && /[\w})\]]/.test(line) && !/^\s*(?:\/\/|\/?\*)/.test(line)) {
      edits.push({ kind: "delete", start, end, replacement: "" });
    }
    start = end;
  }
  return edits;
}

/** Every statement inside a function, which may have several lines. */
function statementDeletions(source: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) {
      for (const statement of node.statements) {
        edits.push({ kind: "delete", start: statement.getStart(), end: statement.getEnd(), replacement: "" });
      }
    }
    // Without braces: nothing is done, or the other branch's statement is left out.
    if (ts.isIfStatement(node)) {
      for (const branch of [node.thenStatement, node.elseStatement]) {
        if (branch === undefined || ts.isBlock(branch)) continue;
        edits.push({ kind: "delete", start: branch.getStart(), end: branch.getEnd(), replacement: "{}" });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

/** Every condition negated, and every operand of `&&` and `||` left out. */
function conditions(source: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const negate = (node: ts.Expression | undefined): void => {
    if (node === undefined) return;
    const [start, end] = [node.getStart(), node.getEnd()];
    edits.push({ kind: "negate", start, end, replacement: `!(${node.getText()})` });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) negate(node.expression);
    if (ts.isForStatement(node) || ts.isConditionalExpression(node)) negate(node.condition);
    if (ts.isReturnStatement(node) && node.expression && isBoolean(node.expression)) negate(node.expression);
    if (ts.isBinaryExpression(node) && isLogical(node)) {
      edits.push({ kind: "drop", start: node.left.getStart(), end: node.right.getStart(), replacement: "" });
      edits.push({ kind: "drop", start: node.left.getEnd(), end: node.right.getEnd(), replacement: "" });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

function isLogical(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
}

/** Whether an expression is a truth value by its looks. */
function isBoolean(node: ts.Expression): boolean {
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return true;
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(node)) return false;
  return isLogical(node) || [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.LessThanToken,
    ts.SyntaxKind.LessThanEqualsToken,
    ts.SyntaxKind.GreaterThanToken,
    ts.SyntaxKind.GreaterThanEqualsToken,
  ].includes(node.operatorToken.kind);
}

function parses(file: string, text: string): boolean {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  // Not in the published types; making a program to ask it takes a hundred times as long.
  return (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length === 0;
}

/** What a process is asked: the tests to run, in order, in a copy of the project. */
interface Task {
  readonly folder: string;
  readonly tests: readonly string[];
}

/** A process that runs tests within itself: starting one for each mutant would take longer than the tests. */
class TestProcess {
  #child: Deno.ChildProcess | null = null;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  #lines: AsyncIterator<string> | null = null;
  #tasks = 0;

  /** Whether the tests passed, failed, or used up their processor time. */
  async run(task: Task, limit: number): Promise<"ok" | "failed" | "hung"> {
    if (this.#child === null || this.#tasks++ >= MUTANTS_PER_PROCESS) await this.#restart();
    const { pid } = this.#child!;
    await this.#writer!.write(new TextEncoder().encode(JSON.stringify(task) + "\n"));
    const before = processorTime(pid);
    let hung = false;
    const watch = setInterval(() => {
      if (processorTime(pid) - before < limit) return;
      hung = true;
      this.#child!.kill("SIGKILL");
    }, 500);
    const { value, done } = await this.#lines!.next();
    clearInterval(watch);
    if (!done) return value as "ok" | "failed";
    // Killed, or it ended by itself: out of memory, say.
    await this.#child!.status;
    this.#child = null;
    return hung ? "hung" : "failed";
  }

  async #restart(): Promise<void> {
    await this.end();
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--v8-flags=--max-old-space-size=1024", import.meta.url, "--child"],
      env: { HANDOFF_RUNTIMES: "deno", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#tasks = 0;
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#child === null) return;
    await this.#writer!.close();
    await this.#child.status;
    this.#child = null;
  }
}

/** Seconds of processor time that a process has used (Linux), or of the clock. */
function processorTime(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return performance.now() / 1000;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}

/** Runs what it is asked on standard input, and answers on standard output. */
async function serveTasks(): Promise<void> {
  const answer = (result: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${result}\n`));
  console.log = () => {};
  let unhandled = false;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    unhandled = true;
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    unhandled = true;
  });
  for await (const line of linesOf(Deno.stdin.readable)) {
    unhandled = false;
    const passed = await runTests(JSON.parse(line) as Task);
    await new Promise((resolve) => setTimeout(resolve, 0));
    answer(passed && !unhandled ? "ok" : "failed");
  }
}

/** Whether all tests pass; stops at the first that fails. */
async function runTests({ folder, tests }: Task): Promise<boolean> {
  type Test = { readonly name: string; readonly fn: (t: unknown) => unknown };
  const registered: Test[] = [];
  const register = (...given: unknown[]): void => {
    const options = given.find((value) => typeof value === "object" && value !== null) as
      | Test & { readonly ignore?: boolean }
      | undefined;
    const fn = (given.find((value) => typeof value === "function") ?? options?.fn) as Test["fn"];
    if (options?.ignore !== true) registered.push({ name: options?.name ?? String(given[0]), fn });
  };
  const hooks = {
    ignore() {},
    only: register,
    beforeAll() {},
    afterAll() {},
    beforeEach() {},
    afterEach() {},
  };
  Object.defineProperty(Deno, "test", { value: Object.assign(register, hooks), configurable: true });
  try {
    for (const file of tests) {
      registered.length = 0;
      await import(`file://${folder}/${file}`);
      for (const { name, fn } of registered) {
        const step = (_name: string, run: () => unknown) => run();
        await fn({ name, step });
      }
    }
    return true;
  } catch {
    return false;
  }
}

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

/** The rows of the table of equivalent mutants: file, kind and code, each as it is printed. */
function explained(): Set<string> {
  const rows = Deno.readTextFileSync(EXPLAINED).matchAll(
    /^\| `([^`]+)` *\| (\w+) *\| (`+) ?(.*?) ?\3 *\| .+ \|$/gm,
  );
  return new Set(Array.from(rows, ([, file, kind, , code]) => keyOf(file!, kind!, code!)));
}

/** A bar would end the cell of the table. */
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
  // Of what is there now, whatever is edited in the meantime.
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

if (import.meta.main) await (Deno.args[0] === "--child" ? serveTasks() : main(Deno.args));
