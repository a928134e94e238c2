import { assert, assertEquals } from "@std/assert";
import { AUTOBAHN_CASES, type AutobahnCase } from "./autobahn_cases.ts";
import { concat, describe, serverFrames } from "./frames.ts";
import { openSocket, turn, until } from "./open_socket.ts";

const GROUPS = [...new Set(AUTOBAHN_CASES.map(({ id }) => id.split(".")[0]!))];

/** The number of cases in each group of the suite. */
const COUNTS: Readonly<Record<string, number>> = {
  1: 16,
  2: 11,
  3: 7,
  4: 10,
  5: 20,
  6: 145,
  7: 37,
  9: 54,
  10: 1,
};

/** Runs a case against a socket that echoes. */
async function run({ id, chop, failsAfter, ...one }: AutobahnCase): Promise<void> {
  const { send, expect } = one;
  const { socket, wire, receive, lose, handler } = await openSocket({ silent: true });
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  let sent = 0;
  for (const frame of chop === -1 ? [concat(send)] : send) {
    if (failsAfter !== undefined) {
      assertEquals(wire.ended, sent++ >= failsAfter, `${id}: after ${sent} parts`);
    }
    receive(frame, chop > 0 ? chop : frame.length);
    if (wire.unsent > 0) handler.onDrain();
  }
  await until(() => wire.ended, `${id}: the end of the connection`);
  const frames = serverFrames(wire.takeBytes());
  assertEquals(frames.length, expect.length, id);
  for (const [i, expected] of expect.entries()) {
    const frame = frames[i]!;
    if (typeof expected === "string") {
      const told = describe(frame);
      assert(told === expected || told.startsWith(`${expected} `), `${id}: ${told} instead of ${expected}`);
      continue;
    }
    assertEquals([frame.opcode, frame.fin, frame.rsv], [expected.opcode, true, 0], id);
    assert(sameBytes(frame.payload, expected.payload), `${id}: the echo of frame ${i}`);
  }
  lose();
  await turn();
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

for (const group of GROUPS) {
  const cases = AUTOBAHN_CASES.filter(({ id }) => id.startsWith(`${group}.`));
  Deno.test(`Autobahn's group ${group}: ${cases.length} cases`, async () => {
    assertEquals(cases.length, COUNTS[group]);
    for (const one of cases) await run(one);
  });
}

Deno.test("Autobahn's cases have the suite's numbers, each once", () => {
  assertEquals(new Set(AUTOBAHN_CASES.map(({ id }) => id)).size, 301);
});
