import type { Handler } from "../../exchange/handler.ts";
import type { Listening } from "../../server/listening.ts";
import type { Address } from "../../net/socket.ts";
import { postError } from "../pool/posted_error.ts";
import type { Outcome, Outcomes } from "../pool/thread_messages.ts";

/** The call that a thread of a single-file program is to reach. */
interface Joining {
  readonly key: string;
  readonly outcomes: Outcomes;
  readonly found: (handler: Handler) => void;
  readonly strayed: (key: string) => void;
}

/** The search of a thread for the call that it is to join. */
export interface Search {
  /** The handler of the call to join. */
  readonly found: Promise<Handler>;
  /** The key of a call that the first thread had not made: this one seems to have taken another way. */
  readonly strayed: Promise<string>;
}

/**
 * The property of the global object that holds the call to reach. It is global, because a bundled program has
 * a copy of this library of its own beside that of the worker's file.
 */
const JOINING: unique symbol = Symbol.for("handoff.joining") as typeof JOINING;

const shared = globalThis as { [JOINING]?: Joining };

/**
 * Number of `handle` calls of a program whose outcomes are kept: a thread that joins one repeats all those
 * before it. Without a limit, a program that makes servers without end would keep every one.
 */
export const MAX_CALLS = 1000;

let made = 0;

const calls = new Map<string, number>();

const outcomes = new Map<string, Outcome>();

/**
 * Makes the key by which a `handle` call is matched with that of the program's first thread: the address as
 * it was given, and the number of calls for that address before. It has to be called once in each `handle`
 * call, on every thread.
 *
 * @param address `null` where a listener was given in its place.
 * @returns `null` where too many calls came before for the call to be joined.
 */
export function callKey(address: Address | null): string | null {
  if (++made > MAX_CALLS) {
    calls.clear();
    outcomes.clear();
    return null;
  }
  const text = JSON.stringify(address);
  const before = calls.get(text) ?? 0;
  calls.set(text, before + 1);
  return before === 0 ? text : `${text} (call ${before + 1})`;
}

/** Keeps the outcome of a call for the program's other threads, before the program itself learns of it. */
export async function noteOutcome(key: string | null, listening: Promise<Listening>): Promise<Listening> {
  if (key === null) return await listening;
  outcomes.set(key, null);
  const note = (outcome: Outcome) => {
    // It may have been forgotten since.
    if (outcomes.has(key)) outcomes.set(key, outcome);
  };
  try {
    const { address, threads, accept, secure } = await listening;
    note({ address, threads, accept, secure });
  } catch (error) {
    note({ error: postError(error) });
  }
  return await listening;
}

/** The outcomes of this thread's calls so far. */
export function outcomesSoFar(): Outcomes {
  return new Map(outcomes);
}

/**
 * Makes this thread one that joins a server: from now on `handle` calls do not bind.
 *
 * @param key Of the call to join.
 * @param outcomes The outcomes of the others on the program's first thread.
 */
export function expectHandler(key: string, outcomes: Outcomes): Search {
  const handler = Promise.withResolvers<Handler>();
  const stray = Promise.withResolvers<string>();
  shared[JOINING] = { key, outcomes, found: handler.resolve, strayed: stray.resolve };
  return { found: handler.promise, strayed: stray.promise };
}

/** `true` if `handle` calls of this thread join a server rather than bind. */
export function isJoining(): boolean {
  return shared[JOINING] !== undefined;
}

/** Offers a handler. Returns whether it is that of the call to join. */
export function offerHandler(key: string | null, handler: Handler): boolean {
  const joining = shared[JOINING];
  if (joining?.key !== key) return false;
  joining.found(handler);
  return true;
}

/** The outcome of another call on the first thread. */
export function outcomeOf(key: string | null): Outcome {
  const joining = shared[JOINING];
  const outcome = key === null ? undefined : joining?.outcomes.get(key);
  if (outcome === undefined) joining?.strayed(key ?? `a server beyond the first ${MAX_CALLS}`);
  return outcome ?? null;
}
