import { assertStrictEquals } from "@std/assert";
import { assemble } from "../scripts/build_wasm.ts";

Deno.test("field_scanner_wasm.ts is what field_scanner.wat makes", async () => {
  const file = await Deno.readTextFile(new URL("../src/h1/field_scanner_wasm.ts", import.meta.url));
  assertStrictEquals(await assemble(), file);
});
