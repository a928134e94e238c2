/**
 * Serves with `adaptGlobals: false`, then freezes the globals and adapts them; prints as JSON what came of
 * it. The first argument is `frozen`, or else the globals stay configurable.
 */
import process from "node:process";
import { adaptFetch, fetchHandler } from "../../mod.ts";

const NAMES = ["Request", "Response", "fetch"] as const;
const globals = NAMES.map((name) => globalThis[name]);
const changed = () => NAMES.filter((name, index) => globalThis[name] !== globals[index]);

function outcome(action: () => unknown): string {
  try {
    action();
    return "done";
  } catch (error) {
    return String(error);
  }
}

const app = () => new Response("text");
const refused = outcome(() => fetchHandler(app, { adaptGlobals: false }));
const changedByRefused = changed();
if (process.argv[2] === "frozen") {
  for (const name of NAMES) Object.defineProperty(globalThis, name, { configurable: false });
}
const adapted = [outcome(() => adaptFetch()), outcome(() => fetchHandler(app))];
const changedByAdapted = changed();
const again = NAMES.map((name) => globalThis[name]);
outcome(() => adaptFetch());
const changedAgain = NAMES.filter((name, index) => globalThis[name] !== again[index]);
console.log(JSON.stringify({ refused, changedByRefused, adapted, changedByAdapted, changedAgain }));
