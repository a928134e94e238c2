import { assertEquals } from "@std/assert";
import { FrameHeader, sentHeaderSize, writeFrameHeader } from "../../src/websocket/frame_header.ts";
import { bytesOf, clientFrame, type FrameParts, serverFrames } from "./frames.ts";

/** The outcome of a header: what it says, or the words of its flaw and how many bytes showed it. */
function outcomeOf(bytes: Uint8Array, step: number, compression: boolean): unknown {
  const header = new FrameHeader(compression);
  for (let at = 0; at < bytes.length; at += step) {
    const after = header.read(bytes, at, Math.min(at + step, bytes.length));
    if (header.flaw !== null) return header.flaw.reason;
    if (after === -1) continue;
    const { fin, compressed, opcode, length, key } = header;
    return { fin, compressed, opcode, length, key, after };
  }
  return "more";
}

const VALID: readonly FrameParts[] = [
  {},
  { opcode: 2, payload: "abc" },
  { fin: false, opcode: 0 },
  { opcode: 9, length: 125 },
  { length: 126 },
  { length: 65535 },
  { length: 65536 },
  { length: 2 ** 53 - 1 },
  { rsv: 4, opcode: 1 },
];

const FLAWED: readonly (readonly [FrameParts, string, shownBy: number])[] = [
  [{ rsv: 2 }, "A reserved bit is set", 1],
  [{ rsv: 1 }, "A reserved bit is set", 1],
  [{ opcode: 3 }, "The opcode is reserved", 1],
  [{ opcode: 7 }, "The opcode is reserved", 1],
  [{ opcode: 11 }, "The opcode is reserved", 1],
  [{ opcode: 15 }, "The opcode is reserved", 1],
  [{ opcode: 8, fin: false }, "A control frame is fragmented", 1],
  [{ opcode: 9, rsv: 4 }, "A control frame is compressed", 1],
  [{ opcode: 9, length: 126 }, "A control frame has more than 125 bytes", 2],
  [{ opcode: 10, length: 65536 }, "A control frame has more than 125 bytes", 2],
  [{ mask: null }, "A frame is not masked", 2],
  [{ length: 125, lengthForm: 16 }, "The payload length is not encoded in the fewest bytes", 8],
  [{ length: 65535, lengthForm: 64 }, "The payload length is not encoded in the fewest bytes", 14],
  [{ length: 2 ** 53 }, "The payload length is above 2^53 - 1", 14],
  [{ length: 2 ** 63 }, "The payload length has its highest bit set", 14],
];

Deno.test("FrameHeader.read() gives the same for a header in pieces of every size", () => {
  for (const parts of VALID) {
    const bytes = clientFrame(parts);
    const whole = outcomeOf(bytes, 100, true) as { length: number; opcode: number };
    assertEquals([whole.length, whole.opcode], [
      parts.length ?? parts.payload?.length ?? 0,
      parts.opcode ?? 1,
    ]);
    for (let step = 1; step < 14; step++) {
      const { after: _, ...rest } = outcomeOf(bytes, step, true) as Record<string, unknown>;
      const { after: __, ...expected } = whole as unknown as Record<string, unknown>;
      assertEquals(rest, expected);
    }
  }
});

Deno.test("FrameHeader.read() refuses a header at the first byte that shows its flaw", () => {
  for (const [parts, words, shownBy] of FLAWED) {
    const bytes = clientFrame(parts);
    for (let step = 1; step <= 14; step++) assertEquals(outcomeOf(bytes, step, true), words);
    assertEquals(outcomeOf(bytes.subarray(0, shownBy), 1, true), words, "by then");
    assertEquals(outcomeOf(bytes.subarray(0, shownBy - 1), 1, true), "more", "not before");
  }
  assertEquals(
    outcomeOf(clientFrame({ rsv: 4 }), 100, false),
    "A reserved bit is set",
    "without compression",
  );
});

Deno.test("writeFrameHeader() encodes lengths in the fewest bytes", () => {
  for (const [length, size] of [[0, 2], [125, 2], [126, 4], [65535, 4], [65536, 10], [70000, 10]] as const) {
    const target = new Uint8Array(10);
    assertEquals(writeFrameHeader(target, 0, 0x82, length), size);
    assertEquals(sentHeaderSize(length), size);
    const [frame] = serverFrames(bytesOf(target.subarray(0, size), new Uint8Array(length)));
    assertEquals([frame?.fin, frame?.opcode, frame?.payload.length], [true, 2, length]);
  }
  const target = new Uint8Array(10);
  writeFrameHeader(target, 0, 0x82, 2 ** 40 + 5);
  assertEquals(Array.from(target), [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 5]);
});
