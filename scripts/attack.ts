/**
 * Attacks a server of each runtime at full rate, and prints the memory that the server uses meanwhile. The
 * tests run shorter versions of these attacks.
 *
 *     deno task attack                          every runtime
 *     HANDOFF_RUNTIMES=deno deno task attack    some of them
 *     deno task attack -- chunk                 the attacks with a word in their name
 */
import { Victim } from "../tests/server/attack_client.ts";
import { ATTACKS, type Force } from "../tests/server/attacks.ts";
import { runtimes } from "../tests/support/runtimes.ts";

const MIB = 1024 * 1024;

const ALL: Force = {
  connections: 2000,
  byteEvery: 1000,
  bytes: 10,
  pipeline: 100_000,
  endless: 1024 * MIB,
  chunks: 1_000_000,
  trailers: 10_000,
};

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

async function main(args: readonly string[]): Promise<void> {
  const words = args.filter((arg) => arg !== "--");
  const chosen = ATTACKS.filter(({ name }) => words.every((word) => name.includes(word)));
  console.log("| attack | runtime | before, MiB | peak, MiB | growth, MiB | bound, MiB | seconds | result |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const { name, bound, run } of chosen) {
    for (const runtime of runtimes()) {
      const row = [name, runtime.name];
      try {
        await using victim = await Victim.start(runtime);
        const { before, peak, result, seconds } = await victim.suffer((port) => run(port, ALL));
        const growth = peak - before;
        const over = growth > bound(ALL);
        if (over) Deno.exitCode = 1;
        row.push(...[before, peak, growth, bound(ALL)].map(mebibytes), seconds.toFixed(1));
        row.push(over ? `TOO MUCH: ${result}` : result);
      } catch (error) {
        Deno.exitCode = 1;
        row.push("", "", "", "", "", `FAILED: ${(error as Error).message}`);
      }
      console.log(`| ${row.join(" | ")} |`);
    }
  }
}

if (import.meta.main) await main(Deno.args);
