import { type Fixture, startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { CONTENT_BEHAVIOURS } from "./behaviours_content.ts";
import { INFO_BEHAVIOURS } from "./behaviours_info.ts";
import { REQUEST_BEHAVIOURS } from "./behaviours_request.ts";
import { RESPONSE_BEHAVIOURS } from "./behaviours_response.ts";
import { STREAM_BEHAVIOURS } from "./behaviours_stream.ts";

/** What is checked of a server of `fetch_app.ts`. */
export type Behaviour = (server: Fixture, runtime: string, isAdapted: boolean) => Promise<void>;

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  ...REQUEST_BEHAVIOURS,
  ...RESPONSE_BEHAVIOURS,
  ...STREAM_BEHAVIOURS,
  ...INFO_BEHAVIOURS,
  ...CONTENT_BEHAVIOURS,
};

for (const runtime of runtimes()) {
  for (const globals of ["own", "adapted"]) {
    Deno.test(`fetchHandler() on ${runtime.name}, globals: ${globals}`, async (t) => {
      const script = new URL("./fetch_server.ts", import.meta.url);
      await using server = await startFixture(runtime, script, [globals]);
      for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
        await t.step(name, () => behaviour(server, runtime.name, globals === "adapted"));
      }
    });
  }
}
