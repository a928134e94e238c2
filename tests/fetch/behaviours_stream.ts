import { assert, assertEquals } from "@std/assert";
import { connectResettable, head, RawClient } from "../behaviour/raw_client.ts";
import { BEGINNING_NAMES } from "./fetch_app.ts";
import type { Behaviour } from "./fetch_test.ts";

/** Waits until the app has noted something under a name; what it has noted by then. */
async function noted(port: number, name: string, event: RegExp): Promise<string[]> {
  for (let turn = 0; turn < 200; turn++) {
    const response = await fetch(`http://127.0.0.1:${port}/seen?${name}`);
    const events: string[] = await response.json();
    if (events.some((text) => event.test(text))) return events;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Nothing like ${event} was noted`);
}

export const STREAM_BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "a stream that takes time is sent as it comes": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send(head("GET /slow"));
    const response = await client.readResponse();
    assertEquals(response.header("transfer-encoding"), "chunked");
    assertEquals(response.chunks, ["one ", "two ", "three"]);
  },
  "a stream of a length that was told is not chunked": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send(head("GET /length-stream"));
    const response = await client.readResponse();
    assertEquals([response.header("content-length"), response.text], ["6", "abcdef"]);
  },
  "large content arrives": async ({ port }) => {
    for (const path of ["/large", "/large-bytes"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      assertEquals((await response.text()).length, 1 << 20);
    }
  },
  "a slow client holds the stream back": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send(head("GET /endless?held"));
    await client.readHead();
    let before = -1;
    let pulled = 0;
    // The kernel's buffers fill up first.
    for (let turn = 0; turn < 50 && pulled !== before; turn++) {
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 200));
      pulled = (await noted(port, "held", /pulled/)).length;
    }
    assertEquals(pulled, before);
    assert(pulled < 1000, `${pulled} chunks of 64 KiB`);
  },
  "a client that goes away aborts the signal and cancels the stream": async ({ port }) => {
    const client = await RawClient.connect(port);
    await client.send(head("GET /endless?gone"));
    await client.readHead();
    client.close();
    const events = await noted(port, "gone", /canceled/);
    assert(events.includes("aborted ConnectionClosedError"), events.at(-1));
    assert(events.includes("canceled ConnectionClosedError"), events.at(-1));
  },
  "a client that goes away cancels a stream that has nothing to say": async ({ port }) => {
    const client = await RawClient.connect(port);
    await client.send(head("GET /idle?silent"));
    const response = await client.readHead();
    assertEquals(response.header("content-type"), "text/event-stream");
    assertEquals(await client.readText(18), "d\r\ndata: first\n\n\r\n");
    client.close();
    await noted(port, "silent", /canceled ConnectionClosedError/);
  },
  "a client that goes away before it is answered aborts the signal": async ({ port }) => {
    const client = await RawClient.connect(port);
    await client.send(head("GET /waits?early"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.close();
    await noted(port, "early", /aborted ConnectionClosedError/);
  },
  "a client that goes away leaves nothing unhandled of what is looked at later": async ({ port }) => {
    await Promise.all(BEGINNING_NAMES.map(async (beginning, index) => {
      const fields = [
        "Content-Length: 100",
        "Content-Type: application/x-www-form-urlencoded",
        `X-Beginning: ${encodeURIComponent(beginning)}`,
      ];
      const client = await connectResettable(port, head(`POST /reads-later?later${index}`, ...fields));
      await noted(port, `later${index}`, /reading/);
      await client.reset();
      const events = await noted(port, `later${index}`, /read /);
      const isReader = !beginning.startsWith("a ");
      assertEquals(events.at(-1), isReader ? "read ConnectionClosedError" : "read ok", beginning);
    }));
  },
  "a stream that fails is cut off": async (server) => {
    using client = await RawClient.connect(server.port);
    await client.send(head("GET /breaking"));
    assertEquals((await client.readHead()).status, 200);
    assertEquals(await client.readText(9), "4\r\npart\r\n");
    assertEquals(await client.drain(), 0);
    assert(server.stderr.some((line) => line.includes("broken later")));
  },
};
