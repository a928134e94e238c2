/**
 * Measures the benefit and the robustness of threads on this machine. It requires Linux and wrk, and prints
 * tables.
 *
 *     deno task drill                     everything, about 15 minutes
 *     deno task drill cost spread         some: speedup, tail, cost, kill, spread, rolling
 *     deno task drill kill --seconds=10   how long each measurement takes; the default is 5, of kill 60
 *     deno task drill rolling             servers alone, behind HAProxy and nginx, restarted in turn;
 *                                         --cycles=10, --balancer=none, --accept=single
 *
 * `HANDOFF_RUNTIMES=deno,bun` selects the runtimes.
 */
import { rolling } from "./drill/rolling.ts";
import { cost, kill, type Row, speedup, spread, tail } from "./drill/drills.ts";

const DRILLS: Readonly<Record<string, (seconds?: number) => AsyncGenerator<Row>>> = {
  speedup: (seconds = 5) => speedup(seconds),
  tail: (seconds = 5) => tail(seconds),
  cost: (seconds = 5) => cost(seconds),
  kill: (seconds = 60) => kill(seconds),
  spread: () => spread(),
  // One balancer or none, one accept way: --balancer=nginx --accept=single.
  rolling: () =>
    rolling({ cycles: Number(value("cycles") ?? 10), balancer: value("balancer"), way: value("accept") }),
};

const names = Deno.args.filter((arg) => !arg.startsWith("--"));
const flag = value("seconds");

for (const name of names.length > 0 ? names : Object.keys(DRILLS)) {
  const drill = DRILLS[name];
  if (drill === undefined) {
    throw new Error(`There is no drill "${name}", only ${Object.keys(DRILLS).join(", ")}`);
  }
  console.log(`\n${name} (load average ${Deno.loadavg()[0]?.toFixed(1)})`);
  const rows: Row[] = [];
  for await (const row of drill(flag === undefined ? undefined : Number(flag))) {
    rows.push(row);
    console.log(Object.values(row).join("  "));
  }
  console.table(rows);
}

/** Returns the value of an option: 10 for `--seconds=10`. */
function value(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
