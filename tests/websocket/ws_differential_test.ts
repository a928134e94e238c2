import { assertEquals } from "@std/assert";
import { fuzzCase } from "./fuzz_cases.ts";
import { type Verdict, verdictOf } from "./fuzz_reference.ts";
import { verdictOfWs } from "./ws_peer.ts";

/** Why `ws` and this library see something else in the same bytes. */
const EXPLAINED: readonly { readonly reason: string; holds(ours: Verdict, theirs: Verdict): boolean }[] = [
  {
    // RFC 6455 section 8.1 lets an endpoint fail as soon as it finds the fault; the Autobahn suite asks for it (6.4).
    reason:
      "Handoff refuses text at the first bad byte; ws reads on to the end of the message, and may meet another fault there",
    holds: (ours) => ours.close === 1007,
  },
  {
    // RFC 6455 section 5.2: "the minimal number of bytes MUST be used to encode the length".
    reason:
      "Handoff refuses a length that is not in the fewest bytes, and a first byte that is wrong before the second has come",
    holds: (ours, theirs) => ours.close === 1002 && theirs.close !== 1002,
  },
  {
    reason:
      "ws refuses a frame that stands where it must not by its first two bytes; Handoff by its whole header",
    holds: (ours, theirs) => ours.close === 0 && theirs.close === 1002,
  },
];

const CASES = 1200;
const AT_ONCE = 50;

function isSame(ours: Verdict, theirs: Verdict): boolean {
  return ours.close === theirs.close && JSON.stringify(ours.events) === JSON.stringify(theirs.events);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test({
  name: "the library and ws see the same in the same bytes, but for the reasons that are explained",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const counts = new Map<string, number>();
    const unexplained: unknown[] = [];
    for (let from = 0; from < CASES; from += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, async (_, i) => {
        const { bytes } = fuzzCase(7692, from + i);
        const [ours, theirs] = [verdictOf(bytes), await verdictOfWs(bytes)];
        if (isSame(ours, theirs)) return;
        const reason = EXPLAINED.find((one) => one.holds(ours, theirs))?.reason;
        if (reason === undefined) unexplained.push({ bytes: hex(bytes), ours, theirs });
        else counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }));
    }
    for (const [reason, count] of counts) console.log(`${count} of ${CASES} cases: ${reason}`);
    assertEquals(unexplained, []);
    assertEquals(
      EXPLAINED.map(({ reason }) => reason).filter((reason) => !counts.has(reason)),
      [],
      "no longer needed",
    );
  },
});
