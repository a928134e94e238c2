import { assertEquals } from "@std/assert";
import { Deadlines, type Http1Timeouts } from "../../src/h1/deadlines.ts";

const TIMEOUTS: Http1Timeouts = { headers: 300, idle: 600, receive: 10_000 };

/** Some time after the start, so that 0 is no time that anything happens at. */
const START = 1000;

const HALF_CLOSE_GRACE = 1000;
const RATE_GRACE = 5000;
const MIN_RATE = 240;

/** The deadlines of a connection that has just been accepted. */
function accepted(timeouts: Partial<Http1Timeouts> = {}, minRate = MIN_RATE): Deadlines {
  return new Deadlines({ ...TIMEOUTS, ...timeouts }, minRate, START);
}

/** The deadlines of a connection whose handler has a request. */
function answering(timeouts: Partial<Http1Timeouts> = {}, minRate = MIN_RATE): Deadlines {
  const deadlines = accepted(timeouts, minRate);
  deadlines.received(START);
  deadlines.headReceived(START);
  return deadlines;
}

/** The deadlines of a connection that has served a request and waits for the next. */
function idle(timeouts: Partial<Http1Timeouts> = {}): Deadlines {
  const deadlines = answering(timeouts);
  deadlines.awaitHead(START, false);
  return deadlines;
}

Deno.test("Deadlines.checkHead() finds a first head that is not complete in time, from the connect on", () => {
  const deadlines = accepted();
  deadlines.received(START + 200);
  assertEquals(deadlines.checkHead(START + 300), null);
  assertEquals(deadlines.checkHead(START + 301), "head");
});

Deno.test("Deadlines.checkHead() tells a client that never sent a byte from one that sent part of a head", () => {
  const deadlines = accepted();
  assertEquals(deadlines.checkHead(START + 300), null);
  assertEquals(deadlines.checkHead(START + 301), "silent");
});

Deno.test("Deadlines.checkHead() gives a head no more time for each byte that arrives", () => {
  const deadlines = accepted();
  for (let now = START; now <= START + 300; now += 50) {
    deadlines.received(now);
    deadlines.awaitHead(now, now > START);
    assertEquals(deadlines.checkHead(now), null);
  }
  assertEquals(deadlines.checkHead(START + 301), "head");
});

Deno.test("Deadlines.checkHead() counts the time for a later head from its first byte", () => {
  const deadlines = idle();
  deadlines.received(START + 500);
  deadlines.awaitHead(START + 500, true);
  deadlines.received(START + 700);
  deadlines.awaitHead(START + 700, true);
  assertEquals(deadlines.checkHead(START + 800), null);
  assertEquals(deadlines.checkHead(START + 801), "head");
});

Deno.test("Deadlines.checkHead() gives up an idle connection, but not before one more look", () => {
  const deadlines = idle();
  assertEquals(deadlines.checkHead(START + 600), null);
  assertEquals(deadlines.checkHead(START + 601), null);
  assertEquals(deadlines.checkHead(START + 651), "idle");
});

Deno.test("Deadlines.checkHead() lets a request in that arrives at the last moment", () => {
  const deadlines = idle();
  assertEquals(deadlines.checkHead(START + 601), null);
  deadlines.received(START + 602);
  assertEquals(deadlines.checkHead(START + 603), null);
});

Deno.test("Deadlines.checkHead() counts idleness from the last answer", () => {
  const deadlines = idle();
  deadlines.awaitHead(START + 400, false);
  assertEquals(deadlines.checkHead(START + 1000), null);
  assertEquals(deadlines.checkHead(START + 1001), null);
  assertEquals(deadlines.checkHead(START + 1002), "idle");
});

Deno.test("Deadlines.drained() gives a client its idle time, and its head's, once it has taken the answer", () => {
  for (const [inHead, patience] of [[false, 600], [true, 300]] as const) {
    const deadlines = idle();
    deadlines.awaitHead(START, inHead);
    deadlines.drained(START + 5000);
    assertEquals(deadlines.checkHead(START + 5000 + patience), null);
    const late = [START + 5001 + patience, START + 5002 + patience];
    const told = late.map((now) => deadlines.checkHead(now)).filter((expiry) => expiry !== null);
    assertEquals(told[0], inHead ? "head" : "idle");
  }
});

Deno.test("Deadlines.checkExchange() gives a handler all the time that it wants", () => {
  assertEquals(answering().checkExchange(START + 1e9, false, 0), null);
});

Deno.test("Deadlines.checkExchange() finds awaited content that does not come", () => {
  const deadlines = answering({ receive: 400 });
  assertEquals(deadlines.checkExchange(START + 400, true, 1e6), null);
  deadlines.received(START + 400);
  assertEquals(deadlines.checkExchange(START + 800, true, 1e6), null);
  assertEquals(deadlines.checkExchange(START + 801, true, 1e6), "content");
});

Deno.test("Deadlines.checkExchange() counts the time for content from when the handler waits for it", () => {
  const deadlines = answering({ receive: 400 });
  assertEquals(deadlines.checkExchange(START + 3000, false, 1e6), null);
  assertEquals(deadlines.checkExchange(START + 3400, true, 1e6), null);
  assertEquals(deadlines.checkExchange(START + 3401, true, 1e6), "content");
});

/** How long content of `received` bytes, of which some arrives all the time, is waited for. */
function patience(received: number, timeouts: Partial<Http1Timeouts> = {}, minRate = MIN_RATE): number {
  const deadlines = answering(timeouts, minRate);
  for (let waited = 10; waited < 60_000; waited += 10) {
    deadlines.received(START + waited);
    const expiry = deadlines.checkExchange(START + waited, true, received);
    if (expiry === null) continue;
    assertEquals(expiry, "content");
    return waited;
  }
  return Infinity;
}

Deno.test("Deadlines.checkExchange() finds content that comes more slowly than the minimum rate, after 5 s", () => {
  assertEquals(patience(0), RATE_GRACE + 10);
  assertEquals(patience(1), RATE_GRACE + 10);
  assertEquals(patience(MIN_RATE * 10), 10_010);
  assertEquals(patience(MIN_RATE * 30), 30_010);
  assertEquals(patience(1000 * 10, {}, 1000), 10_010);
});

Deno.test("Deadlines.checkExchange() looks at the rate no sooner where the timeout is shorter, and never where it is off", () => {
  assertEquals(patience(0, { receive: 400 }), RATE_GRACE + 10);
  assertEquals(patience(0, { receive: Infinity }), Infinity);
});

Deno.test("Deadlines.checkExchange() asks for no rate where the minimum is 0", () => {
  assertEquals(patience(0, {}, 0), Infinity);
});

Deno.test("Deadlines.checkExchange() counts for the rate only the time that content is waited for", () => {
  const deadlines = answering();
  let now = START;
  for (let turn = 0; turn < 4; turn++) {
    assertEquals(deadlines.checkExchange(now += 9000, false, 0), null);
    deadlines.received(now += 1250);
    assertEquals(deadlines.checkExchange(now, true, 0), null);
  }
  deadlines.received(now += 10);
  assertEquals(deadlines.checkExchange(now, true, 0), "content");
});

Deno.test("Deadlines.headReceived() counts the rate for each request again", () => {
  const deadlines = answering();
  deadlines.received(START + 4000);
  assertEquals(deadlines.checkExchange(START + 4000, true, 0), null);
  deadlines.headReceived(START + 4000);
  deadlines.received(START + 8000);
  assertEquals(deadlines.checkExchange(START + 8000, true, 0), null);
});

Deno.test("Deadlines.checkExchange() says of each later request too that its client may be gone", () => {
  const deadlines = answering();
  deadlines.ended(START);
  assertEquals(deadlines.checkExchange(START + 1001, false, 0), "maybe gone");
  deadlines.headReceived(START + 2000);
  assertEquals(deadlines.checkExchange(START + 2000 + HALF_CLOSE_GRACE, false, 0), null);
  assertEquals(deadlines.checkExchange(START + 2001 + HALF_CLOSE_GRACE, false, 0), "maybe gone");
  assertEquals(deadlines.checkExchange(START + 2002 + HALF_CLOSE_GRACE, false, 0), null);
});

Deno.test("Deadlines.checkExchange() takes a client that closed its half to be gone after a second, and says so once", () => {
  const deadlines = answering();
  deadlines.ended(START + 100);
  assertEquals(deadlines.checkExchange(START + 100 + HALF_CLOSE_GRACE, false, 0), null);
  assertEquals(deadlines.checkExchange(START + 101 + HALF_CLOSE_GRACE, false, 0), "maybe gone");
  assertEquals(deadlines.checkExchange(START + 102 + HALF_CLOSE_GRACE, false, 0), null);
});

Deno.test("Deadlines never expire where timeouts are off", () => {
  const off = { headers: Infinity, idle: Infinity, receive: Infinity };
  assertEquals(accepted(off).checkHead(1e12), null);
  const deadlines = idle(off);
  for (const now of [1e12, 2e12, 3e12]) {
    assertEquals(deadlines.checkHead(now), null);
    assertEquals(deadlines.checkExchange(now, true, 0), null);
  }
});
