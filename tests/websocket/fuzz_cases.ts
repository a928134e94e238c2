import { bytesOf, clientFrame, closeFrame, concat, type FrameParts } from "./frames.ts";

/** Random numbers that are the same for a seed: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to `below`, exclusive. */
  number(below: number): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) % below;
  }

  /** Whether an event of a probability of one in `n` happens. */
  oneIn(n: number): boolean {
    return this.number(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.number(list.length)]!;
  }
}

/** What a client does in one case of the fuzzing. */
export interface FuzzCase {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the bytes are cut into pieces in the second of the runs. */
  readonly cuts: readonly number[];
}

const TEXTS: readonly (string | readonly number[])[] = [
  "",
  "a",
  "hello",
  "zwölf €",
  "\u{1f600}",
  "\ufeff",
  "x".repeat(125),
  "x".repeat(126),
  "ä".repeat(120),
  "y".repeat(300),
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x61, 0xf0, 0x9f],
];

const CODES = [1000, 1001, 1002, 1005, 1006, 1007, 1011, 1015, 2999, 3000, 4999, 5000, 0, 999];

/** The case of a number: frames, mostly in order, and often changed afterwards. */
export function fuzzCase(seed: number, number: number): FuzzCase {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ number);
  const frames: Uint8Array[] = [];
  for (let left = 1 + random.number(6); left > 0; left--) frames.push(...message(random));
  if (random.oneIn(3)) frames.push(close(random));
  if (random.oneIn(8)) frames.push(...message(random));
  let bytes = concat(frames);
  for (let changes = random.oneIn(2) ? 0 : 1 + random.number(3); changes > 0; changes--) {
    bytes = mutate(random, bytes);
  }
  const cuts = Array.from({ length: random.number(5) }, () => random.number(bytes.length + 1)).sort((a, b) =>
    a - b
  );
  return { bytes, cuts };
}

function payloadOf(random: Random): Uint8Array {
  const one = random.pick(TEXTS);
  return typeof one === "string" ? bytesOf(one) : bytesOf(...one);
}

function message(random: Random): Uint8Array[] {
  const mask = [0, 0, 0, 0].map(() => random.number(256));
  const control = random.number(8);
  if (control === 0) {
    return [clientFrame({ opcode: random.pick([9, 10]), payload: payloadOf(random).slice(0, 125), mask })];
  }
  const opcode = random.pick([1, 1, 2]);
  const payload = payloadOf(random);
  if (!random.oneIn(3)) return [clientFrame({ opcode, payload, mask })];
  const frames: Uint8Array[] = [];
  const count = 2 + random.number(5);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = i === count - 1 ? payload.length : at + random.number(payload.length - at + 1);
    frames.push(
      clientFrame({
        fin: i === count - 1,
        opcode: i === 0 ? opcode : 0,
        payload: payload.slice(at, end),
        mask,
      }),
    );
    if (random.oneIn(4)) frames.push(clientFrame({ opcode: 9, payload: `${i}`, mask }));
    at = end;
  }
  return frames;
}

function close(random: Random): Uint8Array {
  if (random.oneIn(4)) return clientFrame({ opcode: 8, payload: payloadOf(random).slice(0, 125) });
  return closeFrame(random.pick(CODES), payloadOf(random).slice(0, 123));
}

function mutate(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = random.number(bytes.length + 1);
  switch (random.number(8)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return concat([bytes.subarray(0, at), bytesOf(random.number(256)), bytes.subarray(at)]);
    case 2:
      return concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.number(3))]);
    case 3:
      return concat([bytes.subarray(0, at), clientFrame(strange(random)), bytes.subarray(at)]);
    case 4: {
      const from = random.number(bytes.length + 1);
      return concat([bytes.subarray(0, at), bytes.subarray(from, from + 20), bytes.subarray(at)]);
    }
    default: {
      const changed = bytes.slice();
      if (at < changed.length) changed[at]! ^= 1 << random.number(8);
      return changed;
    }
  }
}

/** A frame that is odd by itself or where it stands. */
function strange(random: Random): FrameParts {
  return random.pick<FrameParts>([
    { rsv: 1 + random.number(7) },
    { opcode: random.number(16) },
    { opcode: 0 },
    { fin: false, payload: "open" },
    { mask: null, payload: "bare" },
    { payload: "long", lengthForm: 16 },
    { payload: "longer", lengthForm: 64 },
    { length: 70_000 },
    { length: 2 ** 53 },
    { length: 2 ** 63 },
    { opcode: 9, length: 200 },
    { opcode: 8, fin: false },
  ]);
}
