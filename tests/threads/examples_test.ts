import { exampleChecks } from "./example_checks.ts";
import { registerChecks } from "./startup_suite.ts";

registerChecks("examples", exampleChecks);
