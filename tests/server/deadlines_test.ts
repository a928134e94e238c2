import { assertEquals } from "@std/assert";
import type { Content } from "../../src/server/content_receiver.ts";
import { Deadlines } from "../../src/server/deadlines.ts";
import type { Timeouts } from "../../src/server/options.ts";
import type { Output } from "../../src/server/output.ts";
import type { ServedExchange } from "../../src/server/served_exchange.ts";

const TIMEOUTS: Timeouts = {
  headers: 300,
  idle: 600,
  receive: 10_000,
  send: 500,
  handshake: 100,
  stuck: Infinity,
};

/** Some time after the start, so that 0 is no time that anything happens at. */
const START = 1000;

const HALF_CLOSE_GRACE = 1000;
const RATE_GRACE = 5000;
const MIN_RATE = 240;

const HEAD_TIMEOUT = { kind: "timeout", reason: "The request head took too long" };
const CONTENT_TIMEOUT = { kind: "timeout", reason: "The content took too long" };

/** What the deadlines look at. */
interface State {
  readonly blocked?: boolean;
  readonly taken?: number;
  readonly answering?: boolean;
  readonly content?: Content | null;
}

/** A connection in some state, as its output and its exchange. */
function subject(
  { blocked = false, taken = 0, answering = false, content = null }: State = {},
): [Pick<Output, "blocked" | "taken">, Pick<ServedExchange, "content"> | null] {
  return [{ blocked, taken }, answering ? { content } : null];
}

function contentOf(received: number, awaited = true): Content {
  return { done: false, wantsMore: true, awaited, received, begun: received > 0, receive: () => {} };
}

/** The deadlines of a connection that has served a request and waits for the next. */
function idle(timeouts: Partial<Timeouts> = {}): Deadlines {
  const deadlines = new Deadlines({ ...TIMEOUTS, ...timeouts }, START);
  deadlines.received(START);
  deadlines.headReceived(0);
  deadlines.awaitHead(START, false);
  return deadlines;
}

/** The deadlines of a connection whose handler has a request. */
function answering(timeouts: Partial<Timeouts> = {}): Deadlines {
  const deadlines = new Deadlines({ ...TIMEOUTS, ...timeouts }, START);
  deadlines.received(START);
  deadlines.headReceived(0);
  return deadlines;
}

Deno.test("Deadlines.check() answers 408 where the first head is not complete in time, from the connect on", () => {
  const deadlines = new Deadlines(TIMEOUTS, START);
  assertEquals(deadlines.check(START + 300, ...subject()), null);
  assertEquals(deadlines.check(START + 301, ...subject()), HEAD_TIMEOUT);
});

Deno.test("Deadlines.check() gives a head no more time for each byte that arrives", () => {
  const deadlines = new Deadlines(TIMEOUTS, START);
  for (let now = START; now <= START + 300; now += 50) {
    deadlines.received(now);
    deadlines.awaitHead(now, now > START);
    assertEquals(deadlines.check(now, ...subject()), null);
  }
  assertEquals(deadlines.check(START + 301, ...subject()), HEAD_TIMEOUT);
});

Deno.test("Deadlines.check() counts the time for a later head from its first byte", () => {
  const deadlines = idle();
  deadlines.received(START + 500);
  deadlines.awaitHead(START + 500, true);
  deadlines.received(START + 700);
  deadlines.awaitHead(START + 700, true);
  assertEquals(deadlines.check(START + 800, ...subject()), null);
  assertEquals(deadlines.check(START + 801, ...subject()), HEAD_TIMEOUT);
});

Deno.test("Deadlines.check() gives up an idle connection, but not before one more look", () => {
  const deadlines = idle();
  assertEquals(deadlines.check(START + 600, ...subject()), null);
  assertEquals(deadlines.check(START + 601, ...subject()), null);
  assertEquals(deadlines.check(START + 651, ...subject()), { kind: "idle" });
});

Deno.test("Deadlines.check() lets a request in that arrives at the last moment", () => {
  const deadlines = idle();
  assertEquals(deadlines.check(START + 601, ...subject()), null);
  deadlines.received(START + 602);
  assertEquals(deadlines.check(START + 603, ...subject()), null);
});

Deno.test("Deadlines.check() counts idleness from the last answer", () => {
  const deadlines = idle();
  deadlines.awaitHead(START + 400, false);
  assertEquals(deadlines.check(START + 1000, ...subject()), null);
  assertEquals(deadlines.check(START + 1001, ...subject()), null);
  assertEquals(deadlines.check(START + 1002, ...subject()), { kind: "idle" });
});

Deno.test("Deadlines.check() gives a handler all the time that it wants", () => {
  const state = subject({ answering: true });
  assertEquals(answering().check(START + 1e9, ...state), null);
  const awaited = subject({ answering: true, content: contentOf(0, false) });
  assertEquals(answering().check(START + 1e9, ...awaited), null);
});

Deno.test("Deadlines.check() answers 408 where awaited content does not come", () => {
  const deadlines = answering({ receive: 400 });
  const state = subject({ answering: true, content: contentOf(1e6) });
  assertEquals(deadlines.check(START + 400, ...state), null);
  deadlines.received(START + 400);
  assertEquals(deadlines.check(START + 800, ...state), null);
  assertEquals(deadlines.check(START + 801, ...state), CONTENT_TIMEOUT);
});

Deno.test("Deadlines.check() counts the time for content from when the handler waits for it", () => {
  const deadlines = answering({ receive: 400 });
  assertEquals(
    deadlines.check(START + 3000, ...subject({ answering: true, content: contentOf(1e6, false) })),
    null,
  );
  const state = subject({ answering: true, content: contentOf(1e6) });
  assertEquals(deadlines.check(START + 3400, ...state), null);
  assertEquals(deadlines.check(START + 3401, ...state), CONTENT_TIMEOUT);
});

/** How long content of `received` bytes, of which some arrives all the time, is waited for. */
function patience(received: number, timeouts: Partial<Timeouts> = {}): number {
  const deadlines = answering(timeouts);
  const state = subject({ answering: true, content: contentOf(received) });
  for (let waited = 10; waited < 60_000; waited += 10) {
    deadlines.received(START + waited);
    const expiry = deadlines.check(START + waited, ...state);
    if (expiry === null) continue;
    assertEquals(expiry, CONTENT_TIMEOUT);
    return waited;
  }
  return Infinity;
}

Deno.test("Deadlines.check() answers 408 where content comes at less than 240 bytes a second, after 5 s", () => {
  assertEquals(patience(0), RATE_GRACE + 10);
  assertEquals(patience(1), RATE_GRACE + 10);
  assertEquals(patience(MIN_RATE * 10), 10_010);
  assertEquals(patience(MIN_RATE * 30), 30_010);
});

Deno.test("Deadlines.check() looks at the rate no sooner where the timeout is shorter, and never where it is off", () => {
  assertEquals(patience(0, { receive: 400 }), RATE_GRACE + 10);
  assertEquals(patience(0, { receive: Infinity }), Infinity);
});

Deno.test("Deadlines.check() counts for the rate only the time that content is waited for", () => {
  const deadlines = answering();
  const busy = subject({ answering: true, content: contentOf(0, false) });
  const waiting = subject({ answering: true, content: contentOf(0) });
  let now = START;
  for (let turn = 0; turn < 4; turn++) {
    assertEquals(deadlines.check(now += 9000, ...busy), null);
    deadlines.received(now += 1250);
    assertEquals(deadlines.check(now, ...waiting), null);
  }
  deadlines.received(now += 10);
  assertEquals(deadlines.check(now, ...waiting), CONTENT_TIMEOUT);
});

Deno.test("Deadlines.headReceived() counts the rate for each request anew", () => {
  const deadlines = answering();
  const waiting = subject({ answering: true, content: contentOf(0) });
  deadlines.received(START + 4000);
  assertEquals(deadlines.check(START + 4000, ...waiting), null);
  deadlines.headReceived(0);
  deadlines.received(START + 8000);
  assertEquals(deadlines.check(START + 8000, ...waiting), null);
});

Deno.test("Deadlines.check() cuts a client that takes none of what is written", () => {
  for (const state of [{ blocked: true, answering: true }, { blocked: true }]) {
    const deadlines = idle();
    const waiting = subject(state);
    assertEquals(deadlines.check(START + 500, ...waiting), null);
    assertEquals(deadlines.check(START + 501, ...waiting), { kind: "cut" });
  }
});

Deno.test("Deadlines.check() leaves a client alone that takes something, however slowly", () => {
  const deadlines = answering();
  let now = START;
  for (let taken = 1; taken < 20; taken++) {
    assertEquals(deadlines.check(now += 500, ...subject({ answering: true, blocked: true, taken })), null);
  }
  assertEquals(deadlines.check(now += 500, ...subject({ answering: true, blocked: true, taken: 19 })), null);
  assertEquals(deadlines.check(now + 1, ...subject({ answering: true, blocked: true, taken: 19 })), {
    kind: "cut",
  });
});

Deno.test("Deadlines.check() counts the time for writing from when the client was last seen to keep up", () => {
  const deadlines = answering();
  assertEquals(deadlines.check(START + 4000, ...subject({ answering: true })), null);
  assertEquals(deadlines.check(START + 4500, ...subject({ answering: true, blocked: true })), null);
  deadlines.drained(START + 4600);
  assertEquals(deadlines.check(START + 5100, ...subject({ answering: true, blocked: true })), null);
  assertEquals(deadlines.check(START + 5101, ...subject({ answering: true, blocked: true })), {
    kind: "cut",
  });
});

Deno.test("Deadlines.check() gives a client its idle time, and its head's, once it has taken the answer", () => {
  for (const [inHead, patience] of [[false, 600], [true, 300]] as const) {
    const deadlines = idle({ send: 20_000 });
    deadlines.awaitHead(START, inHead);
    for (const now of [START + 601, START + 1202, START + 5000]) {
      assertEquals(deadlines.check(now, ...subject({ blocked: true })), null);
    }
    deadlines.drained(START + 5000);
    assertEquals(deadlines.check(START + 5000 + patience, ...subject()), null);
    const late = [START + 5001 + patience, START + 5002 + patience];
    const told = late.map((now) => deadlines.check(now, ...subject())).filter((expiry) => expiry !== null);
    assertEquals(told[0]?.kind, inHead ? "timeout" : "idle");
  }
});

Deno.test("Deadlines.check() says of each later request too that its client may be gone", () => {
  const deadlines = answering();
  deadlines.ended(START);
  const state = subject({ answering: true });
  assertEquals(deadlines.check(START + 1001, ...state), { kind: "maybe gone" });
  deadlines.headReceived(START + 2000);
  assertEquals(deadlines.check(START + 2000 + HALF_CLOSE_GRACE, ...state), null);
  assertEquals(deadlines.check(START + 2001 + HALF_CLOSE_GRACE, ...state), { kind: "maybe gone" });
  assertEquals(deadlines.check(START + 2002 + HALF_CLOSE_GRACE, ...state), null);
});

Deno.test("Deadlines.check() takes a client that closed its half to be gone after a second, and says so once", () => {
  const deadlines = answering();
  deadlines.ended(START + 100);
  const state = subject({ answering: true });
  assertEquals(deadlines.check(START + 100 + HALF_CLOSE_GRACE, ...state), null);
  assertEquals(deadlines.check(START + 101 + HALF_CLOSE_GRACE, ...state), { kind: "maybe gone" });
  assertEquals(deadlines.check(START + 102 + HALF_CLOSE_GRACE, ...state), null);
});

Deno.test("Deadlines.check() never expires where timeouts are off", () => {
  const off = {
    headers: Infinity,
    idle: Infinity,
    receive: Infinity,
    send: Infinity,
    handshake: Infinity,
    stuck: Infinity,
  };
  assertEquals(new Deadlines(off, START).check(1e12, ...subject()), null);
  const deadlines = idle(off);
  for (const now of [1e12, 2e12, 3e12]) {
    assertEquals(deadlines.check(now, ...subject()), null);
    assertEquals(deadlines.check(now, ...subject({ blocked: true })), null);
    assertEquals(deadlines.check(now, ...subject({ answering: true, content: contentOf(0) })), null);
  }
});
