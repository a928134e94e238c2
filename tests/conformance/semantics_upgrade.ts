import { assert, assertEquals, assertMatch } from "@std/assert";
import { answers, section, type SemanticsSection } from "./semantics_case.ts";
import { get, LAST, type SemanticsContext } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

const UPGRADE = "Connection: upgrade\r\nUpgrade: echo\r\n";

/** Cases for upgrades and CONNECT, RFC 9110 sections 7.8 and 9.3.6. */
export const upgrade: SemanticsSection = section("Upgrade and CONNECT", (check) => {
  check("an upgrade is accepted with 101, and early bytes are not lost", async (context) => {
    const head = await echoed(context, get("/upgrade", UPGRADE));
    assertMatch(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assertMatch(head, /\r\nconnection: upgrade(?:\r\n|$)/i);
    assertMatch(head, /\r\nupgrade: echo(?:\r\n|$)/i);
  });

  check("bytes after the head wait until the handler accepts", async (context) => {
    const [id, behind] = [context.id(), context.id()];
    const early = get(`/unread?${behind}`);
    using wire = await context.connect();
    await wire.send(get(`/upgrade?${id}`, UPGRADE) + early);
    await context.until(id, "called");
    assertEquals(wire.received, "");
    await context.open(id);
    await wire.until(early);
    await wire.endSending();
    assert((await wire.untilEnd()).endsWith("\r\n\r\n" + early));
    assertEquals(await context.events(behind), []);
  });

  check("bytes after the head are the next request if the handler declines", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(get(`/late-decline?${id}`, UPGRADE) + LAST);
    await context.until(id, "called");
    assertEquals(wire.received, "");
    await context.open(id);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "declined"], [
      200,
      "hello",
    ]]);
  });

  check("an upgrade that was not offered cannot be accepted", async (context) => {
    for (
      const fields of [
        "",
        "Connection: upgrade\r\n",
        "Upgrade: echo\r\n",
        "Connection: close\r\nUpgrade: echo\r\n",
      ]
    ) {
      const id = context.id();
      const last = fields.includes("close") ? "" : LAST;
      const responses = await context.exchange(get(`/never-offered?${id}`, fields) + last, "GET GET");
      assertEquals(answers(responses)[0], [200, "declined"]);
      assertEquals(await context.events(id), ["ResponseError"]);
    }
  });

  check("CONNECT is accepted with 200, and early bytes are not lost", async (context) => {
    const head = await echoed(context, "CONNECT a:2 HTTP/1.1\r\nHost: a:2\r\n\r\n");
    assertMatch(head, /^HTTP\/1\.1 200 /);
    assertMatch(head, /\r\ndate: /i);
  });

  check(
    "CONNECT with a handler that does not upgrade gets no success, and the connection ends",
    async (context) => {
      for (
        const [port, allowed] of [
          ["1", [405, 501]],
          ["3", [405, 501]],
          ["4", [403]],
          ["5", [405, 501]],
        ] as const
      ) {
        const [response, ...others] = await context.exchange(
          `CONNECT a:${port} HTTP/1.1\r\nHost: a:${port}\r\n\r\n` + LAST,
          "CONNECT GET",
        );
        assert((allowed as readonly number[]).includes(response!.status), `${port}: ${response!.status}`);
        assertEquals([valuesOf(response!, "connection"), others.length], [["close"], 0], port);
      }
    },
  );
});

/**
 * Sends bytes together with a request and more after it is granted, checks that they are echoed, and returns
 * the head.
 */
async function echoed(context: SemanticsContext, request: string): Promise<string> {
  using wire = await context.connect();
  await wire.send(request + "early");
  await wire.until("early");
  await wire.send(" and late");
  await wire.until("early and late");
  await wire.endSending();
  const received = await wire.untilEnd();
  const [head, raw] = received.split("\r\n\r\n") as [string, string];
  assert(!/content-length|transfer-encoding/i.test(head), head);
  assertEquals(raw, "early and late");
  return head;
}
