/** Partition of the bytes of a case into pieces that are sent one after the other. */
export interface Delivery {
  readonly name: string;
  /** Positions of the cuts, ascending. */
  readonly cuts: readonly number[];
}

/** The delivery in one piece. */
export const WHOLE: Delivery = { name: "whole", cuts: [] };

/** Number of bytes at both ends of a long input that are sent one by one. */
const BYTEWISE_ENDS = 160;

/** Creates a generator of pseudo-random numbers that are equal in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Delivers one byte at a time up to `end`, then the rest. If `end` exceeds `limit`, single bytes are sent
 * only near both ends, with pieces of up to 1,500 bytes between them.
 */
export function byteAtATime(end: number, limit: number, seed: number): Delivery {
  const random = seededRandom(seed);
  const isNearEnd = (at: number) => end <= limit || at < BYTEWISE_ENDS || at >= end - BYTEWISE_ENDS;
  const cuts: number[] = [];
  for (let at = 1; at <= end;) {
    cuts.push(at);
    at += isNearEnd(at) ? 1 : Math.min(1 + Math.floor(random() * 1500), end - BYTEWISE_ENDS - at);
  }
  return { name: "a byte at a time", cuts };
}

/** Creates `count` deliveries in two or three pieces, cut at places that depend only on the seed. */
export function randomSplits(length: number, count: number, seed: number): Delivery[] {
  const random = seededRandom(seed);
  const place = () => 1 + Math.floor(random() * Math.max(1, length - 1));
  return Array.from({ length: length < 2 ? 0 : count }, () => {
    const cuts = [...new Set([place(), place()])].sort((a, b) => a - b);
    return { name: `split at ${cuts.join(" and ")}`, cuts };
  });
}

/** Length up to which an input is split at every byte. */
const EVERY_BYTE = 800;

/**
 * Number of places at both ends and between them at which a longer input is split. Each split costs more
 * there.
 */
const SPLITS = { long: { ends: 200, between: 64 }, huge: { ends: 60, between: 24 } };

/** Length from which on an input is huge. */
const HUGE = 20_000;

/**
 * Creates deliveries in two pieces: cut at every place up to `end`, or, if `end` is large, at every place
 * near both ends and some between them.
 */
export function splitsInTwo(end: number): Delivery[] {
  const { ends, between } = end < HUGE ? SPLITS.long : SPLITS.huge;
  const step = Math.ceil(end / between);
  const isEvery = (at: number) => end <= EVERY_BYTE || at < ends || at >= end - ends;
  const splits: Delivery[] = [];
  for (let at = 1; at <= end;) {
    splits.push({ name: `split at ${at}`, cuts: [at] });
    at += isEvery(at) ? 1 : Math.min(step, end - ends - at);
  }
  return splits;
}

/** Cuts `bytes` into pieces. Cuts at or beyond the end are ignored. */
export function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.filter((at) => at > 0 && at < bytes.length), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index]!, end));
}
