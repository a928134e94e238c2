// In a file of its own, so that it runs beside the other ways: together they would be the last to end.
import { registerBehaviours } from "./behaviour_suite.ts";

registerBehaviours(["dispatch"]);
