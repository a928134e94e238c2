import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";

const MIB = 1024 * 1024;

/** The end of each attack, and the memory that it may cost. */
const EXPECTED: Readonly<Record<string, readonly [end: unknown, most: number]>> = {
  "deflate bomb": ['close 1009 "A message is too big"', 128 * MIB],
  "a million empty fragments": ['close 1008 "A message has too many fragments"', 64 * MIB],
  "a million pings of a client that reads nothing": [true, 64 * MIB],
  "an announced message of 16 MiB that does not come, 1000 times": [true, 64 * MIB],
  "1000 clients that send and never read": [true, 160 * MIB],
  "10,000 idle sockets": [10_000, 160 * MIB],
};

for (const { name, command } of runtimes()) {
  Deno.test(`attacks on sockets cost a bounded amount of memory (${name})`, async () => {
    const [program, ...args] = command;
    const { success, stdout, stderr } = await new Deno.Command(program!, {
      args: [...args, fileURLToPath(new URL("./attack_program.ts", import.meta.url))],
      stdin: "null",
      signal: AbortSignal.timeout(120_000),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const results = JSON.parse(new TextDecoder().decode(stdout)) as Record<
      string,
      { bytes: number; end: unknown }
    >;
    for (const [attack, [end, most]] of Object.entries(EXPECTED)) {
      const result = results[attack];
      console.log(`${name}: ${attack}: ${((result?.bytes ?? NaN) / MIB).toFixed(1)} MiB`);
      assertEquals(result?.end, end, attack);
      assert((result?.bytes ?? Infinity) <= most, `${attack}: ${result?.bytes} bytes`);
    }
  });
}
