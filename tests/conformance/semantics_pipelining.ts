import { assert, assertEquals } from "@std/assert";
import { answers, KIB, section, type SemanticsSection, statuses } from "./semantics_case.ts";
import { get, LAST, post } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/** Cases for several requests on one connection, RFC 9112 section 9.3. */
export const pipelining: SemanticsSection = section("Pipelining and persistence", (check) => {
  check(
    "a request is parsed when the response before it is complete, and answered in order",
    async (context) => {
      const [first, second] = [context.id(), context.id()];
      using wire = await context.connect();
      await wire.send(get(`/gated?${first}`) + get(`/gated?${second}`) + LAST);
      await context.until(first, "called");
      await context.open(second);
      assertEquals(await context.events(second), []);
      assertEquals(wire.received, "");
      await context.open(first);
      assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET GET")), [
        [200, first],
        [200, second],
        [200, "hello"],
      ]);
    },
  );

  check("all responses of asynchronous handlers arrive", async (context) => {
    const responses = await context.exchange(
      get("/delayed") + get("/delayed") + post("/echo", "abc") + LAST,
      "GET GET POST GET",
    );
    assertEquals(answers(responses), [[200, "delayed"], [200, "delayed"], [200, "abc"], [200, "hello"]]);
  });

  check("1,000 pipelined requests are all answered", async (context) => {
    const responses = await context.exchange(get("/hello").repeat(999) + LAST, "GET");
    assertEquals(responses.length, 1000);
    assert(responses.every(({ body }) => body === "hello"));
  });

  check("streamed and whole responses follow each other", async (context) => {
    const paths = ["/streamed", "/hello", "/stream", "/blob", "/streamed-length", "/empty"];
    const responses = await context.exchange(paths.map((path) => get(path)).join("") + LAST, "GET");
    assertEquals(answers(responses), [
      [200, "streamed"],
      [200, "hello"],
      [200, "stream"],
      [200, "blob"],
      [200, "hello"],
      [200, ""],
      [200, "hello"],
    ]);
    assertEquals(responses.map(({ framing }) => framing), [
      "chunked",
      "length",
      "chunked",
      "length",
      "length",
      "length",
      "length",
    ]);
  });

  check(
    "the first response survives the bytes after a close, with an asynchronous handler",
    async (context) => {
      const responses = await context.exchange(
        get("/delayed", "Connection: close\r\n") + get("/hello") + "\0\0garbage",
        "GET",
      );
      assertEquals(answers(responses), [[200, "delayed"]]);
    },
  );

  check(
    "a malformed request after an asynchronous response is rejected after that response",
    async (context) => {
      const responses = await context.exchange(
        get("/delayed") + "GET / HTTP/1.1\r\n\r\n" + get("/hello"),
        "GET GET",
      );
      assertEquals(statuses(responses), [200, 400]);
    },
  );

  check("the handler's own connection: close ends the connection", async (context) => {
    const responses = await context.exchange(get("/close") + get("/hello"), "GET");
    assertEquals(answers(responses), [[200, "closing"]]);
    assertEquals(valuesOf(responses[0]!, "connection"), ["close"]);
  });

  check(
    "a client that closes its half behind the request is answered, however long that takes",
    async (context) => {
      const id = context.id();
      using wire = await context.connect();
      await wire.send(get("/hello") + get(`/gated?${id}`));
      await wire.endSending();
      await context.until(id, "called");
      await context.open(id);
      assertEquals(answers(context.parse(await wire.untilEnd(), "GET GET")), [[200, "hello"], [200, id]]);
    },
  );

  check("a client that closes its half gets a complete streamed response", async (context) => {
    using wire = await context.connect();
    await wire.send(get("/big"));
    await wire.endSending();
    const [response] = context.parse(await wire.untilEnd(), "GET");
    assertEquals(response!.body.length, 32 * 64 * KIB);
  });

  check("a client that reads late gets everything", async (context) => {
    using wire = await context.connect("default", { reading: false });
    await wire.send(get("/big") + get("/big") + LAST);
    await new Promise((resolve) => setTimeout(resolve, 100));
    wire.read();
    const sizes = context.parse(await wire.untilEnd(), "GET GET GET").map(({ body }) => body.length);
    assertEquals(sizes, [32 * 64 * KIB, 32 * 64 * KIB, 5]);
  });
});
