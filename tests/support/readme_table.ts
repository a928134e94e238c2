import { assertEquals } from "@std/assert";

/**
 * Compares a table with the one between `<!-- name -->` and `<!-- /name -->` in a README.md. With
 * `HANDOFF_UPDATE=1` it writes the table there instead.
 */
export function assertTable(
  readme: URL,
  name: string,
  rows: readonly (readonly (string | number)[])[],
): void {
  const text = Deno.readTextFileSync(readme);
  const begin = `<!-- ${name} -->\n`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (from < begin.length || to < from) {
    throw new Error(`${readme.pathname} has no place for the table "${name}"`);
  }
  const table = `\n${render(rows)}\n`;
  if (Deno.env.get("HANDOFF_UPDATE") === "1") {
    Deno.writeTextFileSync(readme, text.slice(0, from) + table + text.slice(to));
  } else {
    assertEquals(text.slice(from, to), table, "The table is out of date: run with HANDOFF_UPDATE=1");
  }
}

/** Formats the table like `deno fmt`: columns as wide as their widest cell, numbers aligned to the right. */
function render(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(3, ...rows.map((row) => String(row[at]).length)));
  const isNumber = rows[0]!.map((_, at) => typeof rows[1]![at] === "number");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const cell = (value: string | number, at: number) =>
    isNumber[at] ? String(value).padStart(widths[at]!) : String(value).padEnd(widths[at]!);
  const rule = widths.map((width, at) => isNumber[at] ? "-".repeat(width - 1) + ":" : "-".repeat(width));
  return line(rows[0]!.map(cell)) + line(rule) + rows.slice(1).map((row) => line(row.map(cell))).join("");
}
