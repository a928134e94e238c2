/**
 * The cases of the Autobahn test suite, groups 1 to 10, with its numbers: what the client sends to a server that echoes, and
 * what it must get. The suite itself is a Python program. Where it accepts several outcomes ("non-strict"), the strict one
 * stands here.
 */
import { bytesOf, clientFrame, closeFrame, type FrameParts } from "./frames.ts";

/** One case. */
export interface AutobahnCase {
  readonly id: string;
  /** The frames that are sent. */
  readonly send: readonly Uint8Array[];
  /** Bytes that are given to the server at a time; 0 for each frame in one piece, -1 for all frames in one piece. */
  readonly chop: number;
  /** The frames that come back, as `describe` names them; payloads of echoes are compared by the bytes. */
  readonly expect: readonly (string | Echo)[];
  /** Number of frames after which the server must have failed the connection; it must not fail before. */
  readonly failsAfter?: number;
}

/** An echo of a message. */
export interface Echo {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

const cases: AutobahnCase[] = [];

/** A case that ends in order: the client closes with 1000. */
function good(id: string, frames: readonly Uint8Array[], expect: AutobahnCase["expect"], chop = 0): void {
  cases.push({ id, send: [...frames, closeFrame(1000)], chop, expect: [...expect, "close 1000"] });
}

/** A case that the server ends, with a status code; `words` are those of its close frame. */
function bad(
  id: string,
  frames: readonly Uint8Array[],
  expect: AutobahnCase["expect"],
  code: number,
  chop = 0,
  failsAfter?: number,
): void {
  const rest = failsAfter === undefined ? {} : { failsAfter };
  cases.push({
    id,
    send: [...frames, closeFrame(1000)],
    chop,
    expect: [...expect, `close ${code}`],
    ...rest,
  });
}

function frame(opcode: number, payload: string | Uint8Array = "", parts: FrameParts = {}): Uint8Array {
  return clientFrame({ opcode, payload, ...parts });
}

function text(payload: string | Uint8Array, parts: FrameParts = {}): Uint8Array {
  return frame(1, payload, parts);
}

function echo(payload: string | Uint8Array, opcode = 1): Echo {
  return { opcode, payload: bytesOf(payload) };
}

function repeated<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

const UNFINISHED = { fin: false };

// 1: framing.
for (const [group, opcode, fill] of [[1, 1, "*"], [2, 2, "\xfe"]] as const) {
  [0, 125, 126, 127, 128, 65535, 65536, 65536].forEach((size, i) => {
    const payload = opcode === 1 ? bytesOf(fill.repeat(size)) : new Uint8Array(size).fill(0xfe);
    good(`1.${group}.${i + 1}`, [frame(opcode, payload)], [echo(payload, opcode)], i === 7 ? 997 : 0);
  });
}

// 2: pings and pongs.
const BINARY_PING = bytesOf(0, 255, 254, 253, 252, 251, 0, 255);
const LONG_PING = new Uint8Array(125).fill(0xfe);
const pong = (payload: Uint8Array | string): Echo => echo(payload, 10);
good("2.1", [frame(9)], [pong("")]);
good("2.2", [frame(9, "Hello, world!")], [pong("Hello, world!")]);
good("2.3", [frame(9, BINARY_PING)], [pong(BINARY_PING)]);
good("2.4", [frame(9, LONG_PING)], [pong(LONG_PING)]);
bad("2.5", [frame(9, new Uint8Array(126).fill(0xfe))], [], 1002);
good("2.6", [frame(9, LONG_PING)], [pong(LONG_PING)], 1);
good("2.7", [frame(10)], []);
good("2.8", [frame(10, "unsolicited pong payload")], []);
good("2.9", [frame(10, "unsolicited pong payload"), frame(9, "ping payload")], [pong("ping payload")]);
const pings = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
good("2.10", pings.map((one) => frame(9, one)), pings.map(pong));
good("2.11", pings.map((one) => frame(9, one)), pings.map(pong), 1);

// 3: reserved bits.
const HELLO = "Hello, world!";
bad("3.1", [text(HELLO, { rsv: 1 })], [], 1002);
bad("3.2", [text(HELLO), text(HELLO, { rsv: 2 }), frame(9)], [echo(HELLO)], 1002);
bad("3.3", [text(HELLO), text(HELLO, { rsv: 3 }), frame(9)], [echo(HELLO)], 1002, -1);
bad("3.4", [text(HELLO), text(HELLO, { rsv: 4 }), frame(9)], [echo(HELLO)], 1002, 1);
bad("3.5", [frame(2, new Uint8Array(8).fill(255), { rsv: 5 })], [], 1002);
bad("3.6", [frame(9, HELLO, { rsv: 6 })], [], 1002);
bad("3.7", [frame(8, "", { rsv: 7 })], [], 1002);

// 4: opcodes.
for (const [group, base] of [[1, 3], [2, 11]] as const) {
  bad(`4.${group}.1`, [frame(base)], [], 1002);
  bad(`4.${group}.2`, [frame(base + 1, "reserved opcode payload")], [], 1002);
  bad(`4.${group}.3`, [text(HELLO), frame(base + 2), frame(9)], [echo(HELLO)], 1002);
  bad(`4.${group}.4`, [text(HELLO), frame(base + 3, HELLO), frame(9)], [echo(HELLO)], 1002, -1);
  bad(`4.${group}.5`, [text(HELLO), frame(base + 4, HELLO), frame(9)], [echo(HELLO)], 1002, 1);
}

// 5: fragmentation.
const [A, B] = ["fragment1", "fragment2"];
const first = text(A, UNFINISHED);
const last = frame(0, B);
const both = echo(A + B);
bad("5.1", [frame(9, A, UNFINISHED), last], [], 1002);
bad("5.2", [frame(10, A, UNFINISHED), last], [], 1002);
good("5.3", [first, last], [both]);
good("5.4", [first, last], [both], -1);
good("5.5", [first, last], [both], 1);
good("5.6", [first, frame(9, "ping payload"), last], [pong("ping payload"), both]);
good("5.7", [first, frame(9, "ping payload"), last], [pong("ping payload"), both], -1);
good("5.8", [first, frame(9, "ping payload"), last], [pong("ping payload"), both], 1);
const LONELY = frame(0, "non-continuation payload");
bad("5.9", [LONELY, text(HELLO)], [], 1002);
bad("5.10", [LONELY, text(HELLO)], [], 1002, -1);
bad("5.11", [LONELY, text(HELLO)], [], 1002, 1);
const LONELY_OPEN = frame(0, "non-continuation payload", UNFINISHED);
bad("5.12", [LONELY_OPEN, text(HELLO)], [], 1002);
bad("5.13", [LONELY_OPEN, text(HELLO)], [], 1002, -1);
bad("5.14", [LONELY_OPEN, text(HELLO)], [], 1002, 1);
bad("5.15", [first, last, frame(0, "fragment3", UNFINISHED), text("fragment4")], [both], 1002);
bad("5.16", repeated(2, [LONELY_OPEN, text(B)]).flat(), [], 1002);
bad("5.17", repeated(2, [LONELY, text(B)]).flat(), [], 1002);
bad("5.18", [first, text(B)], [], 1002);
const five = [
  first,
  frame(0, B, UNFINISHED),
  frame(9, "pongme 1!"),
  frame(0, "fragment3", UNFINISHED),
  frame(0, "fragment4", UNFINISHED),
  frame(9, "pongme 2!"),
  frame(0, "fragment5"),
];
const fiveEchoed = [
  pong("pongme 1!"),
  pong("pongme 2!"),
  echo("fragment1fragment2fragment3fragment4fragment5"),
];
good("5.19", five, fiveEchoed);
good("5.20", five, fiveEchoed, -1);

// 6: UTF-8.
good("6.1.1", [text("")], [echo("")]);
good("6.1.2", [text("", UNFINISHED), frame(0, "", UNFINISHED), frame(0)], [echo("")]);
good("6.1.3", [text("", UNFINISHED), frame(0, "middle frame payload", UNFINISHED), frame(0)], [
  echo("middle frame payload"),
]);
const VALID = bytesOf("Hello-µ@ßöäüàá-UTF-8!!");
/** A text in fragments of a size each. */
function fragments(payload: Uint8Array, size: number, opcode = 1): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    const fin = at + size >= payload.length;
    frames.push(frame(at === 0 ? opcode : 0, payload.subarray(at, at + size), { fin }));
  }
  return frames;
}
good("6.2.1", [text(VALID)], [echo(VALID)]);
good("6.2.2", [text(VALID.subarray(0, 12), UNFINISHED), frame(0, VALID.subarray(12))], [echo(VALID)]);
good("6.2.3", fragments(VALID, 1), [echo(VALID)]);
const KOSME = bytesOf(0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5);
good("6.2.4", fragments(KOSME, 1), [echo(KOSME)]);
const INVALID = bytesOf(KOSME, 0xed, 0xa0, 0x80, "edited");
bad("6.3.1", [text(INVALID)], [], 1007);
bad("6.3.2", fragments(INVALID, 1), [], 1007);
const ABOVE = bytesOf(0xf4, 0x90, 0x80, 0x80);
// The suite sends these in parts with a pause after each: the second part must already fail the connection.
const inFrames = [text(KOSME, UNFINISHED), frame(0, ABOVE, UNFINISHED), frame(0, "edited")];
bad("6.4.1", inFrames, [], 1007, 0, 2);
bad(
  "6.4.2",
  [
    text(bytesOf(KOSME, 0xf4), UNFINISHED),
    frame(0, bytesOf(0x90), UNFINISHED),
    frame(0, bytesOf(0x80, 0x80, "edited")),
  ],
  [],
  1007,
  0,
  2,
);
const oneFrame = text(bytesOf(KOSME, ABOVE, "edited"));
bad(
  "6.4.3",
  [oneFrame.subarray(0, 6 + 11), oneFrame.subarray(17, 21), oneFrame.subarray(21)],
  [],
  1007,
  0,
  2,
);
bad(
  "6.4.4",
  [oneFrame.subarray(0, 6 + 12), oneFrame.subarray(18, 19), oneFrame.subarray(19)],
  [],
  1007,
  0,
  2,
);

/** Sequences of Markus Kuhn's "UTF-8 decoder capability and stress test", by group. */
function sequences(group: number, valid: boolean, list: readonly (string | readonly number[])[]): void {
  list.forEach((one, i) => {
    const bytes = typeof one === "string" ? bytesOf(one) : bytesOf(...one);
    utf8Case(`6.${group}.${i + 1}`, bytes, valid);
  });
}

function utf8Case(id: string, bytes: Uint8Array, valid: boolean): void {
  if (valid) good(id, [text(bytes)], [echo(bytes)]);
  else bad(id, [text(bytes)], [], 1007);
}

sequences(5, true, ["hello$world", "hello¢world", "hello€world", "hello\u{24b62}world", "κόσμε"]);
const ENDS_OF_CHARACTERS = new Set([2, 5, 7, 9, 11]);
for (let size = 1; size <= 11; size++) {
  utf8Case(`6.6.${size}`, KOSME.subarray(0, size), ENDS_OF_CHARACTERS.has(size));
}
sequences(7, true, ["\0", "\x80", "\u0800", "\u{10000}"]);
sequences(8, false, [[0xf8, 0x88, 0x80, 0x80, 0x80], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]]);
sequences(9, true, ["\x7f", "\u07ff", "\uffff", "\u{10ffff}"]);
sequences(10, false, [
  [0xf7, 0xbf, 0xbf, 0xbf],
  [0xfb, 0xbf, 0xbf, 0xbf, 0xbf],
  [0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf],
]);
sequences(11, true, ["\ud7ff", "\ue000", "\ufffd", "\u{10ffff}"]);
utf8Case("6.11.5", ABOVE, false);
const CONTINUATIONS = Array.from({ length: 64 }, (_, i) => 0x80 + i);
sequences(12, false, [
  [0x80],
  [0xbf],
  [0x80, 0xbf],
  [0x80, 0xbf, 0x80],
  [0x80, 0xbf, 0x80, 0xbf],
  [0x80, 0xbf, 0x80, 0xbf, 0x80],
  [0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf],
  CONTINUATIONS,
]);
const starts = (from: number, to: number) => {
  return Array.from({ length: to - from + 1 }, (_, i) => [from + i, 0x20]).flat();
};
sequences(13, false, [
  starts(0xc0, 0xdf),
  starts(0xe0, 0xef),
  starts(0xf0, 0xf7),
  starts(0xf8, 0xfb),
  starts(0xfc, 0xfd),
]);
const INCOMPLETE: readonly (readonly number[])[] = [
  [0xc0],
  [0xe0, 0x80],
  [0xf0, 0x80, 0x80],
  [0xf8, 0x80, 0x80, 0x80],
  [0xfc, 0x80, 0x80, 0x80, 0x80],
  [0xdf],
  [0xef, 0xbf],
  [0xf7, 0xbf, 0xbf],
  [0xfb, 0xbf, 0xbf, 0xbf],
  [0xfd, 0xbf, 0xbf, 0xbf, 0xbf],
];
sequences(14, false, INCOMPLETE);
sequences(15, false, [INCOMPLETE.flat()]);
sequences(16, false, [[0xfe], [0xff], [0xfe, 0xfe, 0xff, 0xff]]);
/** One sequence of each length from 2 to 6, by their first two bytes and those after them. */
const overlong = (heads: readonly (readonly [number, number])[], tail: number, end: number) => {
  return heads.map(([head, second], i) =>
    i === 0 ? [head, end] : [head, second, ...repeated(i - 1, tail), end]
  );
};
sequences(
  17,
  false,
  overlong([[0xc0, 0], [0xe0, 0x80], [0xf0, 0x80], [0xf8, 0x80], [0xfc, 0x80]], 0x80, 0xaf),
);
sequences(
  18,
  false,
  overlong([[0xc1, 0], [0xe0, 0x9f], [0xf0, 0x8f], [0xf8, 0x87], [0xfc, 0x83]], 0xbf, 0xbf),
);
sequences(
  19,
  false,
  overlong([[0xc0, 0], [0xe0, 0x80], [0xf0, 0x80], [0xf8, 0x80], [0xfc, 0x80]], 0x80, 0x80),
);
const surrogate = (code: number) => [0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f];
sequences(20, false, [0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff].map(surrogate));
sequences(
  21,
  false,
  [0xd800, 0xdb7f, 0xdb80, 0xdbff].flatMap((high) =>
    [0xdc00, 0xdfff].map((low) => [...surrogate(high), ...surrogate(low)])
  ),
);
sequences(
  22,
  true,
  Array.from({ length: 17 }, (_, plane) => [0xfffe, 0xffff].map((code) => plane * 0x10000 + code)).flat()
    .map((code) => String.fromCodePoint(code)),
);
sequences(23, true, Array.from({ length: 7 }, (_, i) => String.fromCodePoint(0xfff9 + i)));

// 7: the closing handshake.
good("7.1.1", [text(HELLO)], [echo(HELLO)]);
good("7.1.2", [closeFrame(1000)], []);
good("7.1.3", [closeFrame(1000), frame(9, "after the close")], []);
good("7.1.4", [closeFrame(1000), text(HELLO)], []);
good("7.1.5", [first, closeFrame(1000), last], []);
const LARGE = bytesOf("*".repeat(256 * 1024));
good("7.1.6", [text(LARGE), text(HELLO), closeFrame(1000), frame(9)], [echo(LARGE), echo(HELLO)]);
cases.push({ id: "7.3.1", send: [frame(8)], chop: 0, expect: ["close"] });
bad("7.3.2", [frame(8, "a")], [], 1002);
good("7.3.3", [], []);
cases.push({ id: "7.3.4", send: [closeFrame(1000, "Hello World!")], chop: 0, expect: ["close 1000"] });
cases.push({ id: "7.3.5", send: [closeFrame(1000, "*".repeat(123))], chop: 0, expect: ["close 1000"] });
bad("7.3.6", [closeFrame(1000, "*".repeat(124))], [], 1002);
bad("7.5.1", [closeFrame(1000, INVALID)], [], 1007);
[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].forEach((code, i) => {
  cases.push({ id: `7.7.${i + 1}`, send: [closeFrame(code)], chop: 0, expect: [`close ${code}`] });
});
[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].forEach((code, i) => {
  bad(`7.9.${i + 1}`, [closeFrame(code)], [], 1002);
});
bad("7.13.1", [closeFrame(5000)], [], 1002);
bad("7.13.2", [closeFrame(65535)], [], 1002);

// 9: limits and performance.
const KIB = 1024;
const MIB = KIB * KIB;
const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
const CHOPS = [64, 128, 256, 512, 1024, 2048];
const COUNTED = [0, 16, 64, 256, 1024, 4096];
for (const opcode of [1, 2]) {
  const fill = (size: number) => new Uint8Array(size).fill(opcode === 1 ? 0x2a : 0xfe);
  SIZES.forEach((size, i) =>
    lazy(`9.${opcode}.${i + 1}`, () => [[frame(opcode, fill(size))], [echo(fill(size), opcode)]])
  );
  FRAGMENTS.forEach((size, i) => {
    lazy(
      `9.${opcode + 2}.${i + 1}`,
      () => [fragments(fill(4 * MIB), size, opcode), [echo(fill(4 * MIB), opcode)]],
    );
  });
  CHOPS.forEach((chop, i) => {
    lazy(`9.${opcode + 4}.${i + 1}`, () => [[frame(opcode, fill(MIB))], [echo(fill(MIB), opcode)]], chop);
  });
  COUNTED.forEach((size, i) => {
    lazy(`9.${opcode + 6}.${i + 1}`, () => {
      return [repeated(1000, frame(opcode, fill(size))), repeated(1000, echo(fill(size), opcode))];
    });
  });
}

/** A case that is large: made when it is read. */
function lazy(id: string, make: () => [frames: Uint8Array[], expect: Echo[]], chop = 0): void {
  let made: [Uint8Array[], Echo[]] | undefined;
  cases.push({
    id,
    chop,
    get send() {
      return [...(made = make())[0], closeFrame(1000)];
    },
    get expect() {
      return [...(made ?? make())[1], "close 1000"];
    },
  });
}

// 10: auto-fragmentation by the client.
lazy("10.1.1", () => [fragments(bytesOf("*".repeat(65536)), 1300), [echo("*".repeat(65536))]]);

/** All cases of groups 1 to 10, in order: 301. */
export const AUTOBAHN_CASES: readonly AutobahnCase[] = cases;
