/** How the bytes of a case are cut into pieces that are sent one after the other. */
export interface Delivery {
  readonly name: string;
  /** Where the cuts are, ascending. */
  readonly cuts: readonly number[];
}

/** The bytes that are sent in one piece. */
export const WHOLE: Delivery = { name: "whole", cuts: [] };

/** How many bytes at both ends of a long input are sent one by one. */
const BYTEWISE_ENDS = 160;

/** A number generator that gives the same numbers in every run (mulberry32). */
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
 * A byte at a time up to `end`, and the rest. Where `end` is beyond `limit` that holds near both ends; in between come pieces
 * of up to 1,500 bytes.
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

/** `count` deliveries in two or three pieces, cut at places that depend on nothing but the seed. */
export function randomSplits(length: number, count: number, seed: number): Delivery[] {
  const random = seededRandom(seed);
  const place = () => 1 + Math.floor(random() * Math.max(1, length - 1));
  return Array.from({ length: length < 2 ? 0 : count }, () => {
    const cuts = [...new Set([place(), place()])].sort((a, b) => a - b);
    return { name: `split at ${cuts.join(" and ")}`, cuts };
  });
}

/** Up to this length every byte is a place to split at. */
const EVERY_BYTE = 800;

/** Of a longer input, so many at both ends are, and so many in between; it costs more each time. */
const SPLITS = { long: { ends: 200, between: 64 }, huge: { ends: 60, between: 24 } };

/** From this length on an input is huge. */
const HUGE = 20_000;

/** Two pieces: cut at every place up to `end`, or, where `end` is far, at every one near both ends and at some in between. */
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

/** The pieces of `bytes`; cuts at or beyond its end make none. */
export function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.filter((at) => at > 0 && at < bytes.length), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index]!, end));
}
