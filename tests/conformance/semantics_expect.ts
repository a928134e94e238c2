import { assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection, statuses } from "./semantics_case.ts";
import { get, post } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

const EXPECT = "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n";

/** Cases for `Expect: 100-continue`, RFC 9110 section 10.1.1: the conditions for sending a 100. */
export const expect: SemanticsSection = section("Expect: 100-continue", (check) => {
  check("100 is sent when the handler reads the content, not before", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\n`);
    await context.until(id, "called");
    assertEquals(wire.received, "");
    await context.open(id);
    await wire.until("HTTP/1.1 100 Continue\r\n\r\n");
    await wire.send("hello");
    const responses = context.parse(await wire.untilEnd(), "POST");
    assertEquals(responses.map(({ status, body, fields }) => [status, body, fields.length > 0]), [
      [100, "", false],
      [200, "hello", true],
    ]);
  });

  check("100 is sent once, for a chunked body too", async (context) => {
    using wire = await context.connect();
    await wire.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n" +
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    );
    await wire.until("100 Continue");
    await wire.send("5\r\nhello\r\n");
    await wire.send("0\r\n\r\n");
    assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [100, 200]);
  });

  check(
    "no 100 if the handler never reads: the connection ends, and late content is not a request",
    async (context) => {
      using wire = await context.connect();
      await wire.send(
        "POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 35\r\n\r\n",
      );
      await wire.until("unread");
      await wire.send("GET /hello HTTP/1.1\r\nHost: smuggle\r\n\r\n");
      const [response, ...others] = context.parse(await wire.untilEnd(), "POST");
      assertEquals([response!.status, response!.body], [200, "unread"]);
      assertEquals(valuesOf(response!, "connection"), ["close"]);
      assertEquals(others, []);
    },
  );

  check("no 100 to HTTP/1.0", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(`POST /gated-read?${id} HTTP/1.0\r\n${EXPECT}\r\n`);
    await context.open(id);
    await context.until(id, "reading");
    await wire.send("hello");
    assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
  });

  check("no 100 if the content has begun to arrive", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\nhe`);
    await context.until(id, "called");
    await context.open(id);
    await context.until(id, "reading");
    await wire.send("llo");
    assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
  });

  check("no 100 without the expectation", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(
      `POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`,
    );
    await context.open(id);
    await context.until(id, "reading");
    await wire.send("hello");
    assertEquals(statuses(context.parse(await wire.untilEnd(), "POST")), [200]);
  });

  check("an unknown expectation gets 417, without a call of the handler", async (context) => {
    const id = context.id();
    using wire = await context.connect();
    await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\n`);
    const [response] = context.parse(await wire.untilEnd(), "POST");
    assertEquals(response!.status, 417);
    assertEquals(await context.events(id), []);
  });

  check(
    "checkContinue refuses with another status: no 100, no handler, and the connection ends",
    async (context) => {
      const id = context.id();
      using wire = await context.connect("checking");
      await wire.send(
        `POST /unread?${id} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
      );
      const [response, ...others] = context.parse(await wire.untilEnd(), "POST");
      assertEquals([response!.status, response!.body, others.length], [401, "", 0]);
      assertEquals(valuesOf(response!, "connection"), ["close"]);
      assertEquals(await context.events(id), ["checked POST 5"]);
    },
  );

  check("checkContinue accepts a request: 100 when the handler reads", async (context) => {
    const id = context.id();
    using wire = await context.connect("checking");
    await wire.send(`POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\n${EXPECT}\r\n`);
    assertEquals(await context.until(id, "called"), ["checked POST 5", "called"]);
    assertEquals(wire.received, "");
    await context.open(id);
    await wire.until("100 Continue");
    await wire.send("hello");
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "hello"]]);
  });

  check("checkContinue is not called for other requests", async (context) => {
    const id = context.id();
    const responses = await context.exchange(
      post(`/read?${id}`, "hello") + get(`/hello?${id}`, "Expect: 100-continue\r\n") +
        `POST /read?${id} HTTP/1.0\r\n${EXPECT}\r\nhello`,
      "POST GET POST",
      { server: "checking" },
    );
    assertEquals(answers(responses), [[200, "5"], [200, "hello"], [200, "5"]]);
    assertEquals((await context.events(id)).filter((event) => event.startsWith("checked")), []);
  });

  check("checkContinue that throws gets a bare 500", async (context) => {
    const [response] = await context.exchange(
      `POST /throw HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
      "POST",
      { server: "checking" },
    );
    assertEquals([response!.status, response!.body], [500, ""]);
  });
});
