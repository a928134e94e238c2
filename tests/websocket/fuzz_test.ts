import { assertEquals } from "@std/assert";
import { fuzzCampaign } from "./fuzz_campaign.ts";

Deno.test("no changed frames, split anywhere, make a connection do what RFC 6455 does not say", async () => {
  const { cases, failures, ends } = await fuzzCampaign(6455, 0, 3000);
  assertEquals(failures, []);
  assertEquals(cases, 3000);
  for (const end of [0, 1000, 1002, 1005, 1007, 1008, 1009]) {
    assertEquals([end, (ends[end] ?? 0) > 2], [end, true], `${ends[end]} cases end so`);
  }
});
