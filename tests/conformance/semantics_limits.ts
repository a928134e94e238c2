import { assert, assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection } from "./semantics_case.ts";
import { get, LAST } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for limits that concern more than a single request. */
export const limits: SemanticsSection = section("Limits", (check) => {
  check(
    "maxRequestsPerConnection: the last answer says close, and no further request is answered",
    async (context) => {
      const responses = await context.exchange(get("/hello").repeat(5), "GET", { server: "three" });
      assertEquals(answers(responses), [[200, "hello"], [200, "hello"], [200, "hello"]]);
      assertEquals(responses.map((response) => valuesOf(response, "connection")), [[], [], ["close"]]);
    },
  );

  check("maxRequestsPerConnection: 1 closes after each response, also to HTTP/1.0", async (context) => {
    for (const version of ["1.0", "1.1"]) {
      const [response, ...others] = await context.exchange(
        `GET /hello HTTP/${version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n` + LAST,
        "GET",
        { server: "one" },
      );
      assertEquals([valuesOf(response!, "connection"), others.length], [["close"], 0]);
    }
  });

  check("maxConnections: a further connection waits until there is room", async (context) => {
    const [id, other] = [context.id(), context.id()];
    using first = await context.connect("two");
    await first.send(get(`/gated?${id}`, "Connection: close\r\n"));
    using second = await context.connect("two");
    await second.send(get(`/gated?${other}`, "Connection: close\r\n"));
    await context.until(id, "called");
    await context.until(other, "called");
    const third = context.id();
    using waiting = await context.connect("two");
    await waiting.send(get(`/gated?${third}`, "Connection: close\r\n"));
    await context.open(third);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertEquals([waiting.received, await context.events(third)], ["", []]);
    await context.open(id);
    assertEquals(answers(context.parse(await first.untilEnd(), "GET")), [[200, id]]);
    first.close();
    assertEquals(answers(context.parse(await waiting.untilEnd(), "GET")), [[200, third]]);
    await context.open(other);
    await second.untilEnd();
  });

  check("a Connection field of 30,000 spaces or commas is parsed in linear time", async (context) => {
    // Twenty repetitions make a time that grows with the square of the length visible.
    const time = async (name: string, filler: string) => {
      const value = "a" + filler.repeat(30_000 / filler.length) + "b";
      const since = performance.now();
      const responses = await context.exchange(
        get("/hello", `${name}: ${value}\r\n`).repeat(20) + LAST,
        "GET",
      );
      assertEquals(responses.length, 21);
      return performance.now() - since;
    };
    const usual = await time("X", "a");
    for (const filler of [" ", ",", ", ", "a,", "a, ", "\t", ",\t"]) {
      const took = await time("Connection", filler);
      assert(
        took < 2000 + 10 * usual,
        `${JSON.stringify(filler)} took ${took} ms, a usual field ${usual} ms`,
      );
    }
  });
});
