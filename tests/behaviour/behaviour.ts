import type { BehaviourServer } from "./behaviour_server.ts";

/** A behaviour of the server on every runtime. */
export interface Behaviour {
  /** Name for the test, for example `Response.send() sends a Blob with its length`. */
  readonly name: string;
  /** Required programs; if one is missing, the behaviour is skipped. */
  readonly needs?: readonly string[];
  /** Reason to skip the behaviour on this machine; `false` or absent to run it. */
  readonly skip?: string | false;
  /** Checks the behaviour; throws if it fails. */
  run(server: BehaviourServer): Promise<void>;
}
