import { assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection, statuses } from "./semantics_case.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for clients of HTTP/1.0. */
export const http10: SemanticsSection = section("HTTP/1.0", (check) => {
  check("content of unknown length is ended by the connection, never chunked", async (context) => {
    for (const [path, body] of [["/streamed", "streamed"], ["/stream", "stream"]]) {
      for (const fields of ["", "Connection: keep-alive\r\n"]) {
        const [response] = await context.exchange(`GET ${path} HTTP/1.0\r\n${fields}\r\n`, "GET", {
          closeDelimited: true,
        });
        assertEquals([response!.framing, response!.body], ["close", body]);
        assertEquals(valuesOf(response!, "connection"), ["close"]);
      }
    }
  });

  check("content of known length keeps the connection if the client asks for it", async (context) => {
    const keep = "Connection: keep-alive\r\n";
    const responses = await context.exchange(
      `GET /streamed-length HTTP/1.0\r\n${keep}\r\n` +
        `GET /blob HTTP/1.0\r\n${keep}\r\nGET /hello HTTP/1.0\r\n\r\n`,
      "GET GET GET",
    );
    assertEquals(answers(responses), [[200, "hello"], [200, "blob"], [200, "hello"]]);
    assertEquals(responses.map((response) => valuesOf(response, "connection")), [
      ["keep-alive"],
      ["keep-alive"],
      ["close"],
    ]);
  });

  check("trailers and interim responses are not sent", async (context) => {
    const [response] = await context.exchange("GET /trailers HTTP/1.0\r\nTE: trailers\r\n\r\n", "GET", {
      closeDelimited: true,
    });
    assertEquals([response!.body, response!.framing], ["body", "close"]);
    assertEquals(answers(await context.exchange("GET /early-hints HTTP/1.0\r\n\r\n")), [[200, "hinted"]]);
    assertEquals(statuses(await context.exchange("GET /early-hints HTTP/1.0\r\n\r\n")), [200]);
  });

  check("an upgrade is not offered", async (context) => {
    const id = context.id();
    const responses = await context.exchange(
      `GET /never-offered?${id} HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`,
    );
    assertEquals(answers(responses), [[200, "declined"]]);
    assertEquals(await context.events(id), ["ResponseError"]);
  });
});
