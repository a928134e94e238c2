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
    tests: [`tests/h1/${name.replace(/\.ts$/, "_test.ts")}`],
  })),
  { file: "src/http/field_grammar.ts", tests: ["tests/http/field_grammar_test.ts"] },
  { file: "src/http/field_name.ts", tests: ["tests/http/header_map_test.ts"] },
  { file: "src/http/field_value.ts", tests: ["tests/http/header_map_test.ts"] },
  { file: "src/http/header_map.ts", tests: ["tests/http/header_map_test.ts"] },
  { file: "src/http/status.ts", tests: ["tests/http/status_test.ts"] },
];

/** What runs where the first tests notice nothing: the tests of the layer and of those above it. */
function allTests(file: string): string[] {
  return file.startsWith("src/h1/") ? ["tests/h1"] : ["tests/http", "tests/h1"];
}

/** What a copy of the project needs to run those tests. */
const NEEDED = ["deno.json", "deno.lock", "mod.ts", "src", "tests/h1", "tests/http", "tests/support"];

const EXPLAINED = "tests/h1/README.md";

const JOBS = 2;

/**
 * A mutant that loops for ever is noticed by its tests, which do not end: a run may take this many times as long as that of
 * the original, with some seconds on top because other programs may be busy.
 */
const PATIENCE = 10;
const GRACE = 30_000;

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
  const seen = new Set<string>([text]);
  const mutants: Mutant[] = [];
  for (const edit of [...lineDeletions(text), ...statementDeletions(source), ...conditions(source)]) {
    const changed = text.slice(0, edit.start) + edit.replacement + text.slice(edit.end);
    if (seen.has(changed) || !parses(file, changed)) continue;
    seen.add(changed);
    const code = text.slice(edit.start, edit.end).replace(/\s+/g, " ").trim();
    const line = text.slice(0, edit.start).split("\n").length;
    mutants.push({ file, kind: edit.kind, line, code, text: changed });
  }
  return mutants.sort((a, b) => a.line - b.line);
}

/** Every line with code on it. */
function lineDeletions(text: string): Edit[] {
  const edits: Edit[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = Math.min(text.length, start + line.length + 1);
    if (/[\w})\]]/.test(line) && !/^\s*(?:\/\/|\/?\*|import\b)/.test(line)) {
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

/** Runs Deno in a copy of the project: whether it succeeded, failed, or did not end within `limit` milliseconds. */
async function run(
  folder: string,
  args: readonly string[],
  limit: number,
): Promise<"ok" | "failed" | "hung"> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { HANDOFF_RUNTIMES: "deno", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, limit);
  const { success } = await child.status;
  clearTimeout(timer);
  return hung ? "hung" : success ? "ok" : "failed";
}

function test(folder: string, tests: readonly string[], limit = Infinity): Promise<"ok" | "failed" | "hung"> {
  const memory = "--v8-flags=--max-old-space-size=512";
  const args = ["test", "--no-check", "-A", "--fail-fast", "--quiet", memory, ...tests];
  return run(folder, args, Math.min(limit, 2 ** 31 - 1));
}

async function judge(
  folder: string,
  mutant: Mutant,
  first: readonly string[],
  limit: number,
): Promise<Outcome> {
  const path = `${folder}/${mutant.file}`;
  const original = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, mutant.text);
  try {
    for (const tests of [first, allTests(mutant.file)]) {
      const result = await test(folder, tests, limit);
      if (result !== "ok") return result === "hung" ? "hung" : "killed";
    }
    const compiled = await run(folder, ["check", "--quiet", mutant.file], 2 ** 31 - 1);
    return compiled === "ok" ? "survived" : "not compiled";
  } finally {
    Deno.writeTextFileSync(path, original);
  }
}

function copyOfProject(): string {
  const folder = Deno.makeTempDirSync({ prefix: "handoff_mutate_" });
  for (const path of NEEDED) copy(path, `${folder}/${path}`);
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
    /^\| `([^`]+)` \| (\w+) \| (`+) ?(.*?) ?\3 \| .+ \|$/gm,
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
  const folders = Array.from({ length: JOBS }, copyOfProject);
  const survivors: Mutant[] = [];
  const counts: Record<Outcome, number> = { "killed": 0, "hung": 0, "not compiled": 0, "survived": 0 };
  try {
    const started = performance.now();
    const healthy = await test(folders[0]!, ["tests/h1", "tests/http"]);
    if (healthy !== "ok") throw new Error("Cannot mutate: the tests fail as it is");
    const limit = GRACE + PATIENCE * (performance.now() - started);
    const queue = work.values();
    await Promise.all(folders.map(async (folder) => {
      for (const { mutant, tests } of queue) {
        const outcome = await judge(folder, mutant, tests, limit);
        counts[outcome]++;
        if (outcome !== "survived") continue;
        survivors.push(mutant);
        console.log(`survives: ${mutant.file}:${mutant.line} ${mutant.kind} ${mutant.code}`);
      }
    }));
  } finally {
    for (const folder of folders) Deno.removeSync(folder, { recursive: true });
  }
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
