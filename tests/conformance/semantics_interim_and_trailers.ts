import { assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection, statuses } from "./semantics_case.ts";
import { get, LAST } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for interim responses (RFC 9110 section 15.2) and trailers (section 6.5). */
export const interimAndTrailers: SemanticsSection = section("1xx and trailers", (check) => {
  check("all early hints are sent before the response", async (context) => {
    const responses = await context.exchange(get("/early-hints") + LAST, "GET GET");
    assertEquals(statuses(responses), [103, 103, 200, 200]);
    assertEquals(responses.slice(0, 2).map((response) => valuesOf(response, "link")), [
      ["</a.css>; rel=preload"],
      ["</b.css>; rel=preload"],
    ]);
  });

  check("an invalid interim status, or one with framing, throws", async (context) => {
    const id = context.id();
    assertEquals(answers(await context.exchange(get(`/bad-informational?${id}`) + LAST, "GET GET")), [
      [200, "hello"],
      [200, "hello"],
    ]);
    const events = await context.events(id);
    assertEquals(events, [...Array(5).fill("RangeError"), "ResponseError"]);
  });

  check("trailers are sent to a client that sent TE: trailers, in a chunked response", async (context) => {
    for (const te of ["trailers", "Trailers", "deflate;q=0.5, trailers", "gzip,trailers;q=1"]) {
      const [response] = await context.exchange(get("/trailers", `TE: ${te}\r\n`) + LAST, "GET GET");
      assertEquals([response!.framing, response!.body], ["chunked", "body"]);
      assertEquals(response!.trailers, [["x-sum", "42"], ["X-Other", "a"]], te);
    }
  });

  check("trailers are not sent to other clients", async (context) => {
    for (const fields of ["", "TE: gzip\r\n", "TE:\r\n", "TE: xtrailers\r\n", "X-TE: trailers\r\n"]) {
      const responses = await context.exchange(get("/trailers", fields) + LAST, "GET GET");
      assertEquals(answers(responses), [[200, "body"], [200, "hello"]]);
      assertEquals(responses[0]!.trailers, [], fields);
    }
  });

  check("forbidden and malformed trailers throw, and are not sent", async (context) => {
    const id = context.id();
    const responses = await context.exchange(
      get(`/forbidden-trailers?${id}`, "TE: trailers\r\n") + LAST,
      "GET GET",
    );
    assertEquals(answers(responses), [[200, "body"], [200, "hello"]]);
    assertEquals(responses[0]!.trailers, []);
    const events = await context.events(id);
    assertEquals([events.length, events.includes("done")], [15, false]);
  });
});
