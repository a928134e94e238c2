import { assertEquals } from "@std/assert";
import { RawClient } from "../behaviour/raw_client.ts";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { ask, askOnce } from "./files_client.ts";
import { BIG_SIZE, pattern, Site } from "./site.ts";

for (const runtime of runtimes()) {
  for (const accept of ["auto", "dispatch"]) {
    Deno.test(`files() on two threads sends every byte where it belongs (${runtime.name}, ${accept})`, async () => {
      await using site = await Site.make();
      const script = new URL("./threads_server.ts", import.meta.url);
      await using server = await startFixture(runtime, script, [site.root, accept]);
      const whole = pattern(BIG_SIZE);
      await Promise.all(Array.from({ length: 6 }, async () => {
        using client = await RawClient.connect(server.port);
        for (let i = 0; i < 5; i++) {
          const answer = await ask(client, { variant: "localhost", target: "/big.bin" });
          assertEquals(answer.body.length, BIG_SIZE);
          assertEquals(answer.body.findIndex((byte, at) => byte !== whole[at]), -1);
          const { text } = await ask(client, { variant: "localhost", target: "/public.txt" });
          assertEquals(text, "public");
        }
      }));
      const missing = await askOnce(server.port, { variant: "localhost", target: "/../secret.txt" });
      assertEquals(missing.status, 404);
      assertEquals(server.stderr, []);
    });
  }
}
