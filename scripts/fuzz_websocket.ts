/**
 * Fuzzing of the WebSocket connection in memory: changed frames, split anywhere, held against an independent
 * reading of RFC 6455, and with a program and a network that interfere at random.
 *
 *     deno task fuzz:websocket                               1,000,000 cases
 *     deno task fuzz:websocket -- --cases 20000 --seed 7     fewer, and others
 *     deno task fuzz:websocket -- --from 4711 --cases 1      one case again
 *
 * The same seed gives the same cases in every run. Ends with 1 if anything fails.
 */
import { parseArgs } from "node:util";
import { fuzzCampaign } from "../tests/websocket/fuzz_campaign.ts";

const PROGRESS = 50_000;

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
  },
});
const [cases, seed, from] = [Number(values.cases), Number(values.seed), Number(values.from)];
const started = performance.now();
const { failures, ends } = await fuzzCampaign(seed, from, from + cases, (done) => {
  if (done % PROGRESS !== 0) return;
  console.error(
    `${done} of ${cases} cases, ${Math.round(done / (performance.now() - started) * 1000)} a second`,
  );
});
console.log(`${cases} cases of seed ${seed} from ${from}: ${failures.length} failures`);
console.log(`Ends, by the status code of the server's close frame, 0 for none: ${JSON.stringify(ends)}`);
for (const { number, message, bytes } of failures) {
  console.log(`\n--seed ${seed} --from ${number} --cases 1\n  bytes: ${bytes}\n  ${message}`);
}
if (failures.length > 0) Deno.exitCode = 1;
