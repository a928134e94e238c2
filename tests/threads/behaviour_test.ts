import { assert } from "@std/assert";
import { behaviours } from "../behaviour/behaviours.ts";
import { GAPS, registerBehaviours } from "./behaviour_suite.ts";

registerBehaviours(["reusePort", "transfer"]);

Deno.test("every gap is one of a behaviour that exists", () => {
  for (const { name } of GAPS) assert(behaviours.some((behaviour) => behaviour.name === name), name);
});
