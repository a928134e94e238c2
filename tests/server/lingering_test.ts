import { assertEquals } from "@std/assert";
import type { SocketHandler } from "../../src/net/socket.ts";
import { Deadlines } from "../../src/server/deadlines.ts";
import { STAYS, TAKES_NOTHING } from "../../src/server/end_reasons.ts";
import { Lingering } from "../../src/server/lingering.ts";
import { Output } from "../../src/server/output.ts";
import { Statistics } from "../../src/server/statistics.ts";
import { FakeSocket } from "./fake_socket.ts";

/** Some time after the start, so that 0 is no time that anything happens at. */
const START = 1000;

const LINGER_TIME = 5000;
const LAST_LINGER_TIME = 1000;
const LINGER_LIMIT = 16 * 1024 * 1024;

/** A connection whose own half has just been closed behind an answer of 10 bytes. */
function lingering({ draining = false, send = 500, unsent = 0, blocked = unsent > 0, before = null }: {
  draining?: boolean;
  send?: number;
  unsent?: number;
  blocked?: boolean;
  before?: SocketHandler | null;
} = {}) {
  const socket = new FakeSocket();
  const output = new Output(socket, new Statistics());
  const cuts: string[] = [];
  const service = { now: START, draining };
  const timeouts = { headers: 300, idle: 600, receive: 10_000, send, handshake: 100, stuck: Infinity };
  const deadlines = new Deadlines(timeouts, START);
  output.add("0123456789");
  socket.unsent = unsent;
  socket.keepsUp = !blocked;
  output.flush();
  const lingering = new Lingering(
    { output, service, cutOff: (because) => void cuts.push(because) },
    deadlines,
    before,
  );
  /** Whether a look at that time finds a reason to cut. */
  const look = (at: number) => {
    lingering.checkDeadlines(START + at);
    return cuts.splice(0);
  };
  return { lingering, socket, output, service, cuts, look };
}

Deno.test("Lingering listens to a client for 5 s after the last answer", () => {
  const { look } = lingering();
  assertEquals(look(LINGER_TIME), []);
  assertEquals(look(LINGER_TIME + 1), [STAYS]);
});

Deno.test("Lingering listens for 1 s while the server is closing, be it that this begins later", () => {
  for (const draining of [true, false]) {
    const { look, service } = lingering({ draining });
    assertEquals(look(LAST_LINGER_TIME), []);
    service.draining = true;
    assertEquals(look(LAST_LINGER_TIME + 1), [STAYS]);
  }
});

Deno.test("Lingering counts that time from when the client took the answer", () => {
  for (const draining of [true, false]) {
    const patience = draining ? LAST_LINGER_TIME : LINGER_TIME;
    const { lingering: waiting, look, service, socket, output } = lingering({
      draining,
      send: 20_000,
      unsent: 4,
    });
    assertEquals(look(6000), []);
    socket.unsent = 0;
    service.now = START + 7000;
    waiting.onDrain();
    assertEquals(output.blocked, false);
    assertEquals(look(7000 + patience), []);
    assertEquals(look(7001 + patience), [STAYS]);
  }
});

Deno.test("Lingering cuts a client that takes none of the answer for as long as timeouts.send allows", () => {
  // Little of it blocks nobody.
  for (const blocked of [true, false]) {
    const { look, socket } = lingering({ unsent: 9, blocked });
    assertEquals(look(100), []);
    assertEquals(look(600), []);
    socket.unsent = 8;
    assertEquals(look(1100), []);
    assertEquals(look(1600), []);
    assertEquals(look(1601), [TAKES_NOTHING]);
  }
});

Deno.test("Lingering gives a client as long where the socket cannot tell what is unsent", () => {
  const { look, socket } = lingering({ unsent: 10, send: 6000 });
  socket.unsent = 0;
  assertEquals(look(10), []);
  assertEquals(look(6010), []);
  assertEquals(look(6011), [TAKES_NOTHING]);
});

Deno.test("Lingering drops 16 MiB of what comes, and no more", () => {
  const { lingering: dropping, cuts } = lingering();
  const chunk = new Uint8Array(LINGER_LIMIT / 16);
  for (let i = 0; i < 16; i++) dropping.onData(chunk);
  assertEquals(cuts, []);
  dropping.onData(new Uint8Array(1));
  assertEquals(cuts, [STAYS]);
});

Deno.test("Lingering leaves a client alone that closes its half, and tells who had the socket of its end", () => {
  const told: unknown[] = [];
  const raw: SocketHandler = {
    onData: () => void told.push("data"),
    onEnd: () => void told.push("end"),
    onDrain: () => void told.push("drain"),
    onClose: (error) => void told.push(error),
  };
  const { lingering: ending, cuts } = lingering({ before: raw });
  const error = new Error("gone");
  ending.onData(new Uint8Array(1));
  ending.onEnd();
  ending.onDrain();
  ending.onClose(error);
  assertEquals([told, cuts], [[error], []]);
});
