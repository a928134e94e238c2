import { assert, assertEquals } from "@std/assert";

/** Maximum number of columns of a line, as for `deno fmt`, which does not wrap comments and strings. */
const MAX_COLUMNS = 110;

/** Files and folders with checked lines and comments. */
const COVERED: readonly string[] = [
  "mod.ts",
  "src/exchange",
  "src/files",
  "src/h1",
  "src/http",
  "src/net",
  "src/proxy",
  "src/server",
  "src/testing.ts",
  "src/threads",
  "scripts",
  "tests/behaviour",
  "tests/conformance",
  "tests/examples",
  "tests/fuzz",
  "tests/http",
  "tests/server",
  "tests/support",
  "tests/types",
];

/** The first sentence of a doc comment names a thing, or is a verb with its object. */
const RIDDLE = /^(?:What|Who|Whom|Whose|Whether|Says|Is told|Tells whether)\b/;

const ROOT = new URL("../", import.meta.url);

async function* filesIn(path: string): AsyncGenerator<string> {
  if (path.endsWith(".ts")) {
    yield path;
    return;
  }
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, ROOT))) {
    if (isDirectory || name.endsWith(".ts")) yield* filesIn(`${path}/${name}`);
  }
}

/** Lists the lines that `find` reports, as file:line, in every covered file below a prefix. */
async function offenders(prefix: string, find: (lines: readonly string[]) => number[]): Promise<string[]> {
  const found: string[] = [];
  let files = 0;
  for (const folder of COVERED) {
    if (!folder.startsWith(prefix)) continue;
    for await (const path of filesIn(folder)) {
      files++;
      const lines = (await Deno.readTextFile(new URL(path, ROOT))).split("\n");
      for (const index of find(lines)) found.push(`${path}:${index + 1}: ${lines[index]?.trim()}`);
    }
  }
  assert(files > 0, `There is no file below "${prefix}"`);
  return found.sort();
}

function longLines(lines: readonly string[]): number[] {
  return lines.flatMap((line, index) => line.length > MAX_COLUMNS ? [index] : []);
}

function riddles(lines: readonly string[]): number[] {
  return lines.flatMap((line, index) => {
    const start = /^\s*\/\*\*(?!\/)\s*(.*)/.exec(line);
    if (start === null) return [];
    const [at, text] = start[1] === "" ? [index + 1, lines[index + 1] ?? ""] : [index, start[1] ?? ""];
    return RIDDLE.test(text.replace(/^\s*\*?\s*/, "")) ? [at] : [];
  });
}

Deno.test(`no line has more than ${MAX_COLUMNS} columns`, async () => {
  assertEquals(await offenders("", longLines), []);
});

Deno.test("no doc comment of src begins with a word that makes its subject a riddle", async () => {
  assertEquals(await offenders("src/", riddles), []);
});

Deno.test("the checks of prose detect long lines and riddles", () => {
  assertEquals(longLines(["x".repeat(MAX_COLUMNS), "x".repeat(MAX_COLUMNS + 1)]), [1]);
  const comments = [
    "/** Whether it is open. */",
    "/** Open connections. */",
    "  /**",
    "   * Is told of each error.",
    "   */",
    "/**/",
    "/** Whatever remains. */",
    "// What follows is code.",
  ];
  assertEquals(riddles(comments), [0, 3]);
});
