import type { BehaviourServer } from "./behaviour_server.ts";

/** Something that the server does, whatever the runtime. */
export interface Behaviour {
  /** `Response.send() sends a Blob with its length`. */
  readonly name: string;
  /** Programs that it takes; where one is missing it is skipped. */
  readonly needs?: readonly string[];
  /** Why it cannot be shown here, if that is so. */
  readonly skip?: string | false;
  /** Shows it, or throws. */
  run(server: BehaviourServer): Promise<void>;
}
