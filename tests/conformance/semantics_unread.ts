import { assertEquals } from "@std/assert";
import { answers, KIB, section, type SemanticsSection } from "./semantics_case.ts";
import { LAST } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for content that the handler does not read. */
export const unread: SemanticsSection = section("Content that nobody reads", (check) => {
  check(
    "256 KiB that arrive after the response are dropped, and the connection stays open",
    async (context) => {
      using wire = await context.connect();
      await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${256 * KIB}\r\n\r\n`);
      await wire.until("unread");
      await wire.send("z".repeat(256 * KIB) + LAST);
      assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"], [
        200,
        "hello",
      ]]);
    },
  );

  check("with one byte more, the response announces the end of the connection", async (context) => {
    using wire = await context.connect();
    await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${256 * KIB + 1}\r\n\r\n`);
    await wire.until("unread");
    await wire.send("z".repeat(256 * KIB + 1) + LAST);
    const responses = context.parse(await wire.untilEnd(), "POST GET");
    assertEquals(answers(responses), [[200, "unread"]]);
    assertEquals(valuesOf(responses[0]!, "connection"), ["close"]);
  });

  check("the response reaches a client that is still sending 1 MiB", async (context) => {
    using wire = await context.connect("default", { reading: false });
    const size = KIB * KIB;
    await wire.send(`POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    for (let sent = 0; sent < size; sent += 64 * KIB) await wire.send("z".repeat(64 * KIB));
    wire.read();
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "unread"]]);
    assertEquals(wire.ended, "closed");
  });

  check("chunks are dropped up to 256 KiB, then the connection ends", async (context) => {
    using wire = await context.connect();
    await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await wire.until("unread");
    for (let sent = 0; sent < 320 && wire.ended === null; sent++) {
      await wire.send("400\r\n" + "z".repeat(KIB) + "\r\n");
    }
    await wire.send("0\r\n\r\n" + LAST);
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"]]);
  });

  check(
    "chunks below 256 KiB are dropped with their trailers, and the connection goes on",
    async (context) => {
      using wire = await context.connect();
      await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      await wire.until("unread");
      await wire.send(("400\r\n" + "z".repeat(KIB) + "\r\n").repeat(200) + "0\r\nX: y\r\n\r\n" + LAST);
      assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"], [
        200,
        "hello",
      ]]);
    },
  );

  check("malformed content that arrives after the response ends the connection", async (context) => {
    using wire = await context.connect();
    await wire.send("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await wire.until("unread");
    await wire.send("x\r\n\r\n" + LAST);
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST GET")), [[200, "unread"]]);
  });

  check("the next request waits until the content before it has arrived", async (context) => {
    using wire = await context.connect();
    await wire.send("GET /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n");
    await wire.until("unread");
    await wire.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n" + LAST);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "unread"], [200, "hello"]]);
  });
});
