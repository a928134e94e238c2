import type { Behaviour } from "./behaviour.ts";
import { bodyBehaviours } from "./behaviours_body.ts";
import { clientBehaviours } from "./behaviours_clients.ts";
import { closingBehaviours } from "./behaviours_closing.ts";
import { connectionBehaviours } from "./behaviours_connection.ts";
import { curlBehaviours } from "./behaviours_curl.ts";
import { expectBehaviours } from "./behaviours_expect.ts";
import { flowBehaviours } from "./behaviours_flow.ts";
import { listeningBehaviours } from "./behaviours_listening.ts";
import { requestBehaviours } from "./behaviours_request.ts";
import { responseBehaviours } from "./behaviours_response.ts";
import { settlingBehaviours } from "./behaviours_settling.ts";
import { silenceBehaviours } from "./behaviours_silence.ts";
import { streamingBehaviours } from "./behaviours_streaming.ts";
import { upgradeBehaviours } from "./behaviours_upgrade.ts";
import { vanishingBehaviours } from "./behaviours_vanishing.ts";

/** All behaviours, equal on every runtime. */
export const behaviours: readonly Behaviour[] = [
  ...requestBehaviours,
  ...bodyBehaviours,
  ...responseBehaviours,
  ...silenceBehaviours,
  ...streamingBehaviours,
  ...settlingBehaviours,
  ...expectBehaviours,
  ...upgradeBehaviours,
  ...connectionBehaviours,
  ...vanishingBehaviours,
  ...flowBehaviours,
  ...clientBehaviours,
  ...curlBehaviours,
  ...listeningBehaviours,
  ...closingBehaviours,
];
