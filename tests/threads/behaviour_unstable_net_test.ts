// Deno shares a port itself where it is allowed to; elsewhere its node:net does.
import { registerBehaviours } from "./behaviour_suite.ts";

registerBehaviours(["reusePort"], "--unstable-net");
