import { assertEquals } from "@std/assert";
import { KIB, section, type SemanticsSection } from "./semantics_case.ts";
import { LAST } from "./semantics_context.ts";
import { assertRejection } from "./strict_client.ts";

const BAD_HEAD = "GET / HTTP/1.1\r\nHost: a b\r\n\r\n";

/** Cases for rejections that must reach a client which is still sending. */
export const rejections: SemanticsSection = section("Rejections reach the client", (check) => {
  check("while it sends 1 MiB and does not read", async (context) => {
    using wire = await context.connect("default", { reading: false });
    await wire.send(BAD_HEAD);
    for (let sent = 0; sent < 16; sent++) await wire.send(new Uint8Array(64 * KIB));
    wire.read();
    const [response] = context.parse(await wire.untilEnd(), "GET");
    assertEquals([response!.status, wire.ended], [400, "closed"]);
    assertRejection(response!, /host/i);
  });

  check("while it sends 1 MiB in small pieces and reads", async (context) => {
    using wire = await context.connect();
    await wire.send(BAD_HEAD);
    for (let sent = 0; sent < 1024; sent++) await wire.send(new Uint8Array(KIB));
    const [response] = context.parse(await wire.untilEnd(), "GET");
    assertEquals([response!.status, wire.ended], [400, "closed"]);
  });

  check("while it sends a body that was announced as too large", async (context) => {
    using wire = await context.connect("default", { reading: false });
    await wire.send(`POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 31}\r\n\r\n`);
    for (let sent = 0; sent < 16; sent++) await wire.send(new Uint8Array(64 * KIB));
    wire.read();
    const [response] = context.parse(await wire.untilEnd(), "POST");
    assertEquals([response!.status, wire.ended], [413, "closed"]);
  });

  check("while it sends a head without end", async (context) => {
    using wire = await context.connect("default", { reading: false });
    await wire.send("GET / HTTP/1.1\r\nHost: a\r\n");
    for (let sent = 0; sent < 1024; sent++) await wire.send("X: " + "y".repeat(1019) + "\r\n");
    wire.read();
    const [response] = context.parse(await wire.untilEnd(), "GET");
    assertEquals([response!.status, wire.ended], [431, "closed"]);
  });

  check("in the middle of content that the handler reads", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(
      `POST /read?${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    );
    await context.until(id, "called");
    await wire.send("5\r\nhelloX\n0\r\n\r\n" + LAST);
    const [response, ...others] = context.parse(await wire.untilEnd(), "POST GET");
    assertEquals([response!.status, others.length], [400, 0]);
    assertRejection(response!, /chunk/i);
    assertEquals(await context.events(id), ["called", "HttpError"]);
  });
});
