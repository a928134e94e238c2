/** What src/SECURITY.md says of tests and defaults is so. */
import { assert, assertEquals } from "@std/assert";
import { resolveOptions } from "../src/server/options.ts";
import { assertTable } from "./support/readme_table.ts";

const PAGE = new URL("../src/SECURITY.md", import.meta.url);

const text = Deno.readTextFileSync(PAGE);

/** The rows of the table between two comments, as lists of cells. */
function rowsOf(name: string): string[][] {
  const [, table = ""] = text.split(new RegExp(`<!-- /?${name} -->`));
  const lines = table.trim().split("\n").slice(2);
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The tests that the page refers to, by their names in brackets. */
const tests = new Map(
  Array.from(text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm), ([, name = "", path = ""]) => [name, path]),
);

/** The names in brackets of a text. */
function namesIn(cell: string): string[] {
  return Array.from(cell.matchAll(/\[([^\]]+\.(?:ts|jsonl))\](?!:)/g), ([, name = ""]) => name);
}

Deno.test("each test that src/SECURITY.md names exists", () => {
  assert(tests.size > 40, "The page names no tests");
  for (const [name, path] of tests) {
    assert(Deno.statSync(new URL(path, PAGE)).isFile, `${path} is not a file`);
    assertEquals(path.slice(path.lastIndexOf("/") + 1), name);
  }
  const used = namesIn(text);
  assertEquals(used.filter((name) => !tests.has(name)), []);
  assertEquals([...tests.keys()].filter((name) => !used.includes(name)), []);
});

Deno.test("each threat of src/SECURITY.md has a test", () => {
  const rows = rowsOf("threats");
  assert(rows.length > 20, "The page has no threats");
  for (const [threat = "", held = "", cell = ""] of rows) {
    assert(threat !== "" && held !== "", `A row has too few cells: ${threat}`);
    assert(namesIn(cell).length > 0, `${threat} has no test`);
  }
});

Deno.test("src/SECURITY.md lists the limits and timeouts that a server has by default", () => {
  const { limits, timeouts } = resolveOptions({}, () => {});
  const row = (group: string, unit: (name: string) => string) => ([name, value]: [string, number]) => {
    return [`\`${group}.${name}\``, value === Infinity ? "none" : `${value}${unit(name)}`];
  };
  assertTable(PAGE, "defaults", [
    ["option", "default"],
    ...Object.entries(limits).map(
      row("limits", (name) => /Size$/.test(name) ? " bytes" : /Rate$/.test(name) ? " bytes/s" : ""),
    ),
    ...Object.entries(timeouts).map(row("timeouts", () => " ms")),
  ]);
});
