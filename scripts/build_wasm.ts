/**
 * Assembles field_scanner.wat into src/h1/field_scanner_wasm.ts, which is part of the package.
 *
 *     deno task build:wasm
 */

import wabt from "npm:wabt@1.0.39";

const SOURCE = new URL("./field_scanner.wat", import.meta.url);
const TARGET = new URL("../src/h1/field_scanner_wasm.ts", import.meta.url);

/** Assembles the module and returns the text of the file that contains it. */
export async function assemble(): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat("field_scanner.wat", await Deno.readTextFile(SOURCE), { simd: true });
  try {
    module.validate();
    const { buffer } = module.toBinary({});
    const lines = btoa(String.fromCharCode(...buffer)).match(/.{1,96}/g) ?? [];
    return "/** The WebAssembly module of scripts/field_scanner.wat in base64, " +
      "written by `deno task build:wasm`. */\n" +
      `export const FIELD_SCANNER: string = [\n${
        lines.map((line) => `  "${line}",\n`).join("")
      }].join("");\n`;
  } finally {
    module.destroy();
  }
}

if (import.meta.main) await Deno.writeTextFile(TARGET, await assemble());
