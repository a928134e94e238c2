import { assertEquals } from "@std/assert";
import { Statistics, STATISTICS_SIZE } from "../../src/server/statistics.ts";

const NOTHING = {
  openConnections: 0,
  acceptedConnections: 0,
  requests: 0,
  responses: { "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0 },
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  errors: 0,
  restarts: 0,
};

Deno.test("Statistics counts nothing at first", () => {
  assertEquals(new Statistics().snapshot(), NOTHING);
});

Deno.test("Statistics counts each event in its own counter", () => {
  const cases: [count: (statistics: Statistics) => void, counted: Partial<typeof NOTHING>][] = [
    [(statistics) => statistics.connectionOpened(), { openConnections: 1, acceptedConnections: 1 }],
    [(statistics) => statistics.connectionClosed(), { openConnections: -1 }],
    [(statistics) => statistics.request(), { requests: 1 }],
    [(statistics) => statistics.received(70), { bytesIn: 70 }],
    [(statistics) => statistics.sent(80), { bytesOut: 80 }],
    [(statistics) => statistics.messages(2, 0), { messagesIn: 2 }],
    [(statistics) => statistics.messages(0, 3), { messagesOut: 3 }],
    [(statistics) => statistics.error(), { errors: 1 }],
  ];
  for (const [count, counted] of cases) {
    const statistics = new Statistics();
    count(statistics);
    assertEquals(statistics.snapshot(), { ...NOTHING, ...counted });
  }
});

Deno.test("Statistics counts responses by the first digit of their status", () => {
  for (const [first, last, name] of [[100, 199, "1xx"], [200, 299, "2xx"], [300, 399, "3xx"]] as const) {
    assertCounted([first, last], name);
  }
  assertCounted([400, 404, 499], "4xx");
  assertCounted([500, 599], "5xx");
});

function assertCounted(statuses: readonly number[], name: string): void {
  const statistics = new Statistics();
  for (const status of statuses) statistics.response(status);
  const responses = { ...NOTHING.responses, [name]: statuses.length };
  assertEquals(statistics.snapshot(), { ...NOTHING, responses });
}

Deno.test("Statistics counts beyond 32 bits", () => {
  const statistics = new Statistics();
  for (let i = 0; i < 3; i++) {
    statistics.connectionOpened();
    statistics.received(2 ** 40);
    statistics.sent(2 ** 33);
  }
  statistics.connectionClosed();
  const snapshot = statistics.snapshot();
  assertEquals([snapshot.openConnections, snapshot.acceptedConnections], [2, 3]);
  assertEquals([snapshot.bytesIn, snapshot.bytesOut], [3 * 2 ** 40, 3 * 2 ** 33]);
});

Deno.test("Statistics.snapshot() does not change afterwards", () => {
  const statistics = new Statistics();
  const snapshot = statistics.snapshot();
  statistics.request();
  assertEquals(snapshot, NOTHING);
});

Deno.test("Statistics.died() resets the open connections, Statistics.restarted() counts", () => {
  const statistics = new Statistics();
  statistics.connectionOpened();
  statistics.connectionOpened();
  statistics.died();
  assertEquals(statistics.snapshot(), { ...NOTHING, acceptedConnections: 2 });
  statistics.restarted();
  assertEquals(statistics.snapshot(), { ...NOTHING, acceptedConnections: 2, restarts: 1 });
});

Deno.test("Statistics of several threads can be read from one shared memory", () => {
  const memory = new SharedArrayBuffer(2 * STATISTICS_SIZE);
  const [first, second] = [new Statistics(memory, 0), new Statistics(memory, STATISTICS_SIZE)];
  first.restarted();
  second.connectionOpened();
  second.response(204);
  assertEquals(new Statistics(memory, 0).snapshot(), { ...NOTHING, restarts: 1 });
  const responses = { ...NOTHING.responses, "2xx": 1 };
  const expected = { ...NOTHING, openConnections: 1, acceptedConnections: 1, responses };
  assertEquals(new Statistics(memory, STATISTICS_SIZE).snapshot(), expected);
});
