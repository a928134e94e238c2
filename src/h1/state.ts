/*
 * One exchange on a connection, seen from the server. Each side goes its own way; both must be done before the
 * connection may turn to the next request, which is what makes pipelined answers come in order.
 *
 *     request:   idle --head--> content --end--> done
 *     response:  idle --informational--> idle --head--> content --end--> done
 *
 * A request without content passes through "content" for no time at all, and so does a response without. Whatever is not in the
 * table is a mistake in this library, not in the client, and throws.
 */

/** Nothing of the message yet. */
export const IDLE = 0;
/** The head is through, content follows. */
export const CONTENT = 1;
/** The message is complete. */
export const DONE = 2;

/** The head of the message passed. */
export const HEAD_EVENT = 0;
/** The last byte of the message passed. */
export const END_EVENT = 1;
/** A 1xx response passed. */
export const INFORMATIONAL_EVENT = 2;

const NONE = 255;

/** State by event: what follows, or NONE. */
const TRANSITIONS = [
  /* IDLE    */ [CONTENT, NONE, IDLE],
  /* CONTENT */ [NONE, DONE, NONE],
  /* DONE    */ [NONE, NONE, NONE],
] as const;

/**
 * The state that follows.
 *
 * @throws {Error} Where the event cannot happen in that state.
 */
export function transition(state: number, event: number): number {
  const next = TRANSITIONS[state]?.[event] ?? NONE;
  if (next === NONE) {
    throw new Error(`Cannot go on from state ${state} by event ${event}: no such transition`);
  }
  return next;
}
