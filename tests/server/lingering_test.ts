import { assertEquals } from "@std/assert";
import type { UpgradedHandler } from "../../src/exchange/upgraded_socket.ts";
import { STAYS, TAKES_NOTHING } from "../../src/server/end_reasons.ts";
import { Lingering } from "../../src/server/lingering.ts";
import { Output } from "../../src/server/output.ts";
import { SendProgress } from "../../src/server/send_progress.ts";
import { Statistics } from "../../src/server/statistics.ts";
import { FakeSocket } from "./fake_socket.ts";

/** Time of the start, so that 0 is not a time of any event. */
const START = 1000;

const LINGER_TIME = 5000;
const LAST_LINGER_TIME = 1000;
const LINGER_LIMIT = 16 * 1024 * 1024;

/** Creates a connection whose own half has just been closed after a response of 10 bytes. */
function lingering({ draining = false, send = 500, unsent = 0, blocked = unsent > 0, before = null }: {
  draining?: boolean;
  send?: number;
  unsent?: number;
  blocked?: boolean;
  before?: UpgradedHandler | null;
} = {}) {
  const socket = new FakeSocket();
  const output = new Output(socket, new Statistics());
  const cuts: string[] = [];
  const server = { clock: { now: START }, isDraining: draining };
  const progress = new SendProgress(send, START);
  output.add("0123456789");
  socket.unsent = unsent;
  socket.keepsUp = !blocked;
  output.flush();
  const connection = { output, cutOff: (because: string) => void cuts.push(because) };
  const lingering = new Lingering(connection, progress, server, before);
  /** Checks the deadlines at a time; returns `true` if the connection is cut. */
  const look = (at: number) => {
    lingering.checkDeadlines(START + at);
    return cuts.splice(0);
  };
  /** The kernel accepts all pending output. `Connection` makes these calls in this order. */
  const drain = () => {
    output.onDrain();
    progress.drained(server.clock.now);
    lingering.onDrain();
  };
  return { lingering, socket, server, cuts, look, drain };
}

Deno.test("Lingering reads from a client for 5 s after the last response", () => {
  const { look } = lingering();
  assertEquals(look(LINGER_TIME), []);
  assertEquals(look(LINGER_TIME + 1), [STAYS]);
});

Deno.test("Lingering reads for 1 s while the server is closing, also if closing begins later", () => {
  for (const draining of [true, false]) {
    const { look, server } = lingering({ draining });
    assertEquals(look(LAST_LINGER_TIME), []);
    server.isDraining = true;
    assertEquals(look(LAST_LINGER_TIME + 1), [STAYS]);
  }
});

Deno.test("Lingering starts its time when the client has received the response", () => {
  for (const draining of [true, false]) {
    const patience = draining ? LAST_LINGER_TIME : LINGER_TIME;
    const { look, server, socket, drain } = lingering({ draining, send: 20_000, unsent: 4 });
    assertEquals(look(6000), []);
    socket.unsent = 0;
    server.clock.now = START + 7000;
    drain();
    assertEquals(look(7000 + patience), []);
    assertEquals(look(7001 + patience), [STAYS]);
  }
});

Deno.test("Lingering cuts a client that reads nothing of the response for timeouts.send", () => {
  // A small amount of unsent output does not block.
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

Deno.test("Lingering allows a client timeouts.send if the socket cannot report unsent bytes", () => {
  const { look, socket } = lingering({ unsent: 10, send: 6000 });
  socket.unsent = 0;
  assertEquals(look(10), []);
  assertEquals(look(6010), []);
  assertEquals(look(6011), [TAKES_NOTHING]);
});

Deno.test("Lingering drops 16 MiB of received data, and no more", () => {
  const { lingering: dropping, cuts } = lingering();
  const chunk = new Uint8Array(LINGER_LIMIT / 16);
  for (let i = 0; i < 16; i++) dropping.onData(chunk);
  assertEquals(cuts, []);
  dropping.onData(new Uint8Array(1));
  assertEquals(cuts, [STAYS]);
});

Deno.test("Lingering does not cut a client that closes its half, and notifies the previous handler", () => {
  const told: unknown[] = [];
  const raw: UpgradedHandler = {
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
