import { assert, assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection } from "./semantics_case.ts";
import { get, LAST } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for fields that a handler sets. */
export const fields: SemanticsSection = section("Fields of the response", (check) => {
  check(
    "names, values and statuses that could split the message throw, and nothing is sent",
    async (context) => {
      const id = context.id();
      const responses = await context.exchange(get(`/bad-headers?${id}`) + LAST, "GET GET");
      assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
      assert(!responses[0]!.raw.includes("x-bad"), responses[0]!.raw);
      const events = await context.events(id);
      assertEquals([events.length, events.includes("done")], [9 * 5 + 5 + 8, false]);
    },
  );

  check("__proto__ and constructor are fields like any other", async (context) => {
    const [response] = await context.exchange(get("/proto") + LAST, "GET GET");
    assertEquals(
      ["__proto__", "constructor", "set-cookie"].map((name) => valuesOf(response!, name)),
      [["a"], ["b"], ["c=1", "d=2"]],
    );
  });

  check("date occurs once, even if the handler set it", async (context) => {
    const responses = await context.exchange(get("/own-date") + get("/streamed") + LAST, "GET GET GET");
    assertEquals(responses.map((response) => valuesOf(response, "date").length), [1, 1, 1]);
    assertEquals(valuesOf(responses[0]!, "x-own-date"), ["yes"]);
  });
});
