import { startupChecks } from "./startup_checks.ts";
import { registerChecks } from "./startup_suite.ts";

registerChecks("startup", startupChecks);
