import { assert, assertEquals, assertThrows } from "@std/assert";
import { answers, section, type SemanticsSection } from "./semantics_case.ts";
import { get, LAST } from "./semantics_context.ts";
import { valuesOf } from "./strict_client.ts";

/**
 * Cases for responses without content, and for content that differs from its declared length. RFC 9110
 * section 8.6.
 */
export const lengths: SemanticsSection = section("Responses without content, and lengths", (check) => {
  check("HEAD keeps the length that GET has, and no content", async (context) => {
    const [head, whole] = await context.exchange(
      "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + LAST,
      "HEAD GET",
    );
    assertEquals([valuesOf(head!, "content-length"), head!.body], [["5"], ""]);
    assertEquals(whole!.body, "hello");
  });

  check("HEAD keeps the length that the handler set, with nothing written", async (context) => {
    for (const path of ["/head-length", "/streamed-head-length"]) {
      const responses = await context.exchange(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n` + LAST, "HEAD GET");
      assertEquals(valuesOf(responses[0]!, "content-length"), ["12345"], path);
      assertEquals(answers(responses), [[200, ""], [200, "hello"]]);
    }
  });

  check("HEAD drops what a streaming handler writes", async (context) => {
    for (const path of ["/streamed", "/stream", "/blob", "/streamed-length", "/trailers"]) {
      const responses = await context.exchange(
        `HEAD ${path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n` + LAST,
        "HEAD GET",
      );
      assertEquals(answers(responses), [[200, ""], [200, "hello"]], path);
    }
  });

  check("HEAD over HTTP/1.0 has no content either", async (context) => {
    for (const path of ["/hello", "/streamed"]) {
      assertEquals(
        answers(await context.exchange(`HEAD ${path} HTTP/1.0\r\n\r\n`, "HEAD")),
        [[200, ""]],
        path,
      );
    }
  });

  for (const status of [204, 304]) {
    for (const how of ["send", "write", "stream", "length", "empty"]) {
      check(`${status} has no content: ${how}`, async (context) => {
        const responses = await context.exchange(get(`/status/${status}?${how}`) + LAST, "GET GET");
        // Refusing such a length is equally correct.
        const [first, last] = answers(responses);
        assert(first![0] === status || (how === "length" && first![0] === 500), `${first}`);
        assertEquals([first![1], last], ["", [200, "hello"]]);
        if (status === 204) assertEquals(valuesOf(responses[0]!, "content-length"), []);
        assertEquals(valuesOf(responses[0]!, "transfer-encoding"), []);
      });
    }
  }

  check("205 has no content", async (context) => {
    for (const how of ["send", "write", "empty"]) {
      const responses = await context.exchange(get(`/status/205?${how}`) + LAST, "GET GET");
      assertEquals(answers(responses), [[205, ""], [200, "hello"]], how);
    }
  });

  check("other statuses keep their content", async (context) => {
    for (const status of [200, 201, 203, 206, 300, 301, 400, 404, 418, 499, 500, 503, 599]) {
      const responses = await context.exchange(get(`/status/${status}?send`) + LAST, "GET GET");
      assertEquals(answers(responses), [[status, "content"], [200, "hello"]]);
    }
  });

  check("an untouched response is finished with an empty content", async (context) => {
    const responses = await context.exchange(get("/empty") + LAST, "GET GET");
    assertEquals(valuesOf(responses[0]!, "content-length"), ["0"]);
  });

  check("more than the content-length throws and is not sent", async (context) => {
    const id = context.id();
    const responses = await context.exchange(get(`/more?${id}`) + LAST, "GET GET");
    assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
    assertEquals(await context.events(id), ["ResponseError"]);
  });

  check("less than the content-length cuts the connection, and pads nothing", async (context) => {
    using wire = await context.connect();
    await wire.send(get("/fewer") + LAST);
    const received = await wire.untilEnd();
    assert(received.endsWith("\r\n\r\nhel"), received);
    assertThrows(() => context.parse(received, "GET"), Error, "2 bytes short");
  });

  check(
    "a content-length that differs from the size of the body throws, and nothing is sent",
    async (context) => {
      const id = context.id();
      const responses = await context.exchange(get(`/send-mismatch?${id}`) + LAST, "GET GET");
      assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
      assertEquals(await context.events(id), ["ResponseError"]);
    },
  );

  check(
    "a malformed content-length or an unknown transfer-encoding throws, and nothing is sent",
    async (context) => {
      for (const path of ["/bad-length", "/bad-coding"]) {
        const id = context.id();
        const responses = await context.exchange(get(`${path}?${id}`) + LAST, "GET GET");
        assertEquals(answers(responses), [[200, "hello"], [200, "hello"]]);
        const events = await context.events(id);
        assertEquals([...new Set(events)], ["ResponseError"], path);
      }
    },
  );

  check("a handler that throws gets a bare 500, and its message stays inside", async (context) => {
    for (const path of ["/throw", "/reject"]) {
      const responses = await context.exchange(get(path) + LAST, "GET GET");
      assertEquals(answers(responses), [[500, ""], [200, "hello"]]);
      assert(!responses[0]!.raw.includes("secret"));
    }
    assert((await context.ask("/errors")).includes("Deliberate: secret"));
  });

  check(
    "a handler that throws in the middle leaves a response that is visibly incomplete",
    async (context) => {
      using wire = await context.connect();
      await wire.send(get("/throw-late"));
      const received = await wire.untilEnd();
      assert(received.includes("\r\n4\r\nsome\r\n"), received);
      assertThrows(() => context.parse(received, "GET"), Error);
    },
  );
});
