import { assert, assertEquals } from "@std/assert";
import { answers, KIB, section, type SemanticsSection } from "./semantics_case.ts";
import { get, post } from "./semantics_context.ts";
import { assertRejection } from "./strict_client.ts";

/** Cases for clients that disconnect during an exchange. */
export const vanishing: SemanticsSection = section("Clients that vanish", (check) => {
  check("signal aborts when the client closes before the response is finished", async (context) => {
    const id = context.id();
    const wire = await context.connect();
    await wire.send(get(`/signal?${id}`));
    await context.until(id, "called");
    wire.close();
    const events = await context.until(id, "aborted ConnectionClosedError");
    assertEquals(events.filter((event) => event.startsWith("aborted")).length, 1);
  });

  check(
    "signal aborts and writes reject when the client resets in the middle of a response",
    async (context) => {
      const id = context.id();
      const wire = await context.connect("default", { reading: false });
      await wire.send(get(`/flood?${id}`));
      await context.until(id, "called");
      await context.until(`${id}-size`, "65536");
      // Because bytes are unread, this resets the connection.
      wire.close();
      await context.until(id, "write ConnectionClosedError");
      assert((await context.events(id)).includes("aborted"));
    },
  );

  check("signal never aborts after a success", async (context) => {
    const [first, second] = [context.id(), context.id()];
    const responses = await context.exchange(
      get(`/signal-after?${first}`) + post(`/signal-after-body?${second}`, "hello", "Connection: close\r\n"),
      "GET POST",
    );
    assertEquals(answers(responses), [[200, "fine"], [200, "hello"]]);
    await context.until(second, "answered");
    assertEquals(await context.events(first), ["called"]);
    assertEquals(await context.events(second), ["answered"]);
  });

  check(
    "the body fails when the client closes in the middle of the content, and a 400 is sent",
    async (context) => {
      const id = context.id();
      using wire = await context.connect();
      await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`);
      await context.until(id, "called");
      await wire.endSending();
      const [response] = context.parse(await wire.untilEnd(), "POST");
      assertEquals(response!.status, 400);
      assertRejection(response!, /content|body/i);
      assertEquals(await context.events(id), ["called", "HttpError"]);
    },
  );

  check("the body fails when the client resets in the middle of the content", async (context) => {
    const id = context.id();
    const wire = await context.connect("default", { reading: false });
    await wire.send(
      get("/hello") + `POST /read-stream?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`,
    );
    await context.until(id, "first bytes");
    // The first response is unread, so this resets the connection.
    wire.close();
    const events = await Promise.any([
      context.until(id, "ConnectionClosedError"),
      context.until(id, "HttpError"),
    ]);
    assertEquals(events.length, 3);
  });

  check("a client that resets in the middle of a head leaves nothing behind", async (context) => {
    const wire = await context.connect("default", { reading: false });
    await wire.send(get("/hello") + "GET /hello HT");
    wire.close();
    assertEquals(await context.ask("/hello"), "hello");
  });

  check("a response stream is canceled when the client disconnects", async (context) => {
    const id = context.id();
    const wire = await context.connect("default", { reading: false });
    await wire.send(get(`/pulled?${id}`));
    await context.until(`${id}-pulls`, "pull");
    wire.close();
    await context.until(id, "cancelled");
  });

  check("a response stream is pulled only as fast as the client reads", async (context) => {
    const id = context.id();
    const wire = await context.connect("default", { reading: false });
    await wire.send(get(`/pulled?${id}`));
    let pulls = 0;
    // The buffers of the kernel are full when no pull has happened for a while.
    for (let quiet = 0; quiet < 10;) {
      const now = (await context.events(`${id}-pulls`)).length;
      quiet = now === pulls && now > 0 ? quiet + 1 : 0;
      pulls = now;
      assert(pulls * 64 * KIB < 64 * KIB * KIB, `${pulls} pieces of 64 KiB were taken from the stream`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    wire.close();
    await context.until(id, "cancelled");
  });
});
