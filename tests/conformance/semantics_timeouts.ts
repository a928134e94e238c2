import { assert, assertEquals } from "@std/assert";
import { answers, section, type SemanticsSection, statuses } from "./semantics_case.ts";
import { get, LAST } from "./semantics_context.ts";
import { assertRejection } from "./strict_client.ts";

/** Timeouts of the servers "short" and "brief", in milliseconds, for clients that are too slow. */
const SHORT = 300;

/** Timeouts of the server "patient", for clients that are fast enough, on a busy machine. */
const PATIENT = 3000;

/** A fast client uses this fraction of the timeout, so that a short pause of the machine does no harm. */
const SHARES = 8;

/** Waits for the end of a connection and checks that it came a timeout after `since`. */
async function untilTimeout(
  wire: { untilEnd(): Promise<string> },
  since: number,
  timeout = SHORT,
): Promise<string> {
  const received = await wire.untilEnd();
  const took = performance.now() - since;
  // The clock of the server is coarse: it may be off by an eighth of the shortest timeout.
  assert(took >= timeout * 0.75, `it took only ${took} ms`);
  assert(took <= timeout * 4 + 15_000, `it took ${took} ms`);
  return received;
}

const HANDSHAKE_GAPS = { deno: "Deno.TlsConn.close() leaves the socket open until the handshake ends" };

/** Cases for every timeout, with short values. */
export const timeouts: SemanticsSection = section("Timeouts", (check) => {
  check("headers: a connection on which nothing was ever sent is closed without a word", async (context) => {
    const since = performance.now();
    using wire = await context.connect("short");
    assertEquals(await untilTimeout(wire, since), "");
  });

  check("headers: a client that stalls in the head gets 408", async (context) => {
    const since = performance.now();
    using wire = await context.connect("short");
    await wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    const [response] = context.parse(await untilTimeout(wire, since), "GET");
    assertEquals(response!.status, 408);
    assertRejection(response!, /head/i);
  });

  check("headers: a client that sends single bytes slowly gets 408 nevertheless", async (context) => {
    const since = performance.now();
    using wire = await context.connect("short");
    let stop = false;
    const dribbling = (async () => {
      await wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
      while (!stop) {
        await wire.send("x").catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    })();
    const received = await untilTimeout(wire, since);
    stop = true;
    await dribbling;
    assertEquals(statuses(context.parse(received, "GET")), [408]);
  });

  check("headers: a later head that stalls gets 408, after the earlier responses", async (context) => {
    using wire = await context.connect("short");
    await wire.send(get("/hello"));
    await wire.until("hello");
    const since = performance.now();
    await wire.send("GET / HT");
    assertEquals(statuses(context.parse(await untilTimeout(wire, since), "GET GET")), [200, 408]);
  });

  check("idle: a connection between requests is closed without a response", async (context) => {
    using wire = await context.connect("brief");
    await wire.send(get("/hello"));
    await wire.until("hello");
    const received = await untilTimeout(wire, performance.now());
    assertEquals(wire.ended, "closed");
    assertEquals(answers(context.parse(received, "GET")), [[200, "hello"]]);
  });

  check("idle: requests that come in time keep the connection", async (context) => {
    using wire = await context.connect("patient");
    for (let sent = 0; sent < SHARES + 2; sent++) {
      wire.received = "";
      await wire.send(get("/hello"));
      await wire.until("hello");
      await new Promise((resolve) => setTimeout(resolve, PATIENT / SHARES));
    }
    wire.received = "";
    await wire.send(LAST);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, "hello"]]);
  });

  check("idle: a request close to the timeout gets a complete response, or none", async (context) => {
    const answered = await Promise.all(Array.from({ length: 24 }, async (_, at) => {
      using wire = await context.connect("patient");
      await wire.send(get("/hello"));
      await wire.until("hello");
      wire.received = "";
      await new Promise((resolve) => setTimeout(resolve, at < 4 ? 0 : PATIENT * (0.8 + at / 50)));
      await wire.send(LAST).catch(() => {});
      const received = await wire.untilEnd();
      // A request that crosses the server's FIN is lost, which is unavoidable; half a response would be an
      // error.
      if (received === "") return false;
      assertEquals(answers(context.parse(received, "GET")), [[200, "hello"]]);
      return true;
    }));
    assert(answered.includes(true), "none was answered");
  });

  check("idle: a slow handler does not count as idle", async (context) => {
    const id = context.id();
    using wire = await context.connect("brief");
    await wire.send(get(`/gated?${id}`, "Connection: close\r\n"));
    await context.until(id, "called");
    await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
    await context.open(id);
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, id]]);
  });

  check("receive: a client that stalls in the content gets 408, and the body fails", async (context) => {
    const id = context.id();
    using wire = await context.connect("brief");
    await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`);
    const [response] = context.parse(await untilTimeout(wire, performance.now()), "POST");
    assertEquals(response!.status, 408);
    assertRejection(response!, /content|body/i);
    assertEquals(await context.events(id), ["called", "HttpError"]);
  });

  check("receive: a client that stalls in a chunk gets 408", async (context) => {
    const id = context.id();
    using wire = await context.connect("brief");
    await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel`);
    assertEquals(statuses(context.parse(await untilTimeout(wire, performance.now()), "POST")), [408]);
  });

  check(
    "receive: a client that keeps sending, but less than 240 bytes a second, gets 408",
    async (context) => {
      const id = context.id();
      using wire = await context.connect("brief");
      const since = performance.now();
      await wire.send(`POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`);
      let stop = false;
      const dribbling = (async () => {
        while (!stop) {
          await wire.send("z").catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
      })();
      const received = await untilTimeout(wire, since);
      stop = true;
      await dribbling;
      assertEquals(statuses(context.parse(received, "POST")), [408]);
    },
  );

  check("receive: a client that keeps up can send all content", async (context) => {
    const id = context.id();
    using wire = await context.connect("patient");
    await wire.send(
      `POST /read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n`,
    );
    for (let sent = 0; sent < SHARES + 2; sent++) {
      await wire.send("z".repeat(2000));
      await new Promise((resolve) => setTimeout(resolve, PATIENT / SHARES));
    }
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "20000"]]);
  });

  check("receive: the time of the handler does not count", async (context) => {
    const id = context.id();
    using wire = await context.connect("brief");
    await wire.send(
      `POST /gated-read?${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`,
    );
    await context.until(id, "called");
    await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
    await wire.send("hello");
    await context.open(id);
    assertEquals(answers(context.parse(await wire.untilEnd(), "POST")), [[200, "hello"]]);
  });

  check("handshake: a client that does not begin TLS is closed", async (context) => {
    const since = performance.now();
    using wire = await context.connect("tls");
    assertEquals(await untilTimeout(wire, since), "");
  }, HANDSHAKE_GAPS);

  check("handshake: a client that stalls in TLS is closed", async (context) => {
    const since = performance.now();
    using wire = await context.connect("tls");
    // The start of a ClientHello record whose 512 bytes never arrive.
    await wire.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    assertEquals(await untilTimeout(wire, since), "");
  }, HANDSHAKE_GAPS);

  check("send: a client that does not read is cut, and the handler notified", async (context) => {
    const id = context.id();
    using wire = await context.connect("brief", { reading: false });
    await wire.send(get(`/flood?${id}`));
    await context.until(id, "write ConnectionClosedError");
    assert((await context.events(id)).includes("aborted"));
  });

  check("send: a client that reads slowly is not cut", async (context) => {
    using wire = await context.connect("brief", { reading: false });
    await wire.send(get("/hello", "Connection: close\r\n"));
    await new Promise((resolve) => setTimeout(resolve, SHORT * 2.5));
    wire.read();
    assertEquals(answers(context.parse(await wire.untilEnd(), "GET")), [[200, "hello"]]);
  });
});
