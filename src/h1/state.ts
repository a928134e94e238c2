/*
 * The response to one request, seen from the server. The connection turns to the next request only when this is done and the
 * request has been read, which is what makes pipelined answers come in order.
 *
 *     idle --informational--> idle --head--> content --end--> done
 *     idle --leave--> done
 *     content --cut--> done
 *
 * A response without content passes through "content" for no time at all. One that leaves HTTP is done with its head: what
 * follows is the raw connection. Whatever is not in the table is a mistake in this library, not in the client, and throws.
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
/** The head of a response that leaves HTTP passed. */
export const LEAVE_EVENT = 3;
/** The connection was given up in the midst of the message. */
export const CUT_EVENT = 4;

const NONE = 255;

/** State by event: what follows, or NONE. */
const TRANSITIONS = [
  /* IDLE    */ [CONTENT, NONE, IDLE, DONE, NONE],
  /* CONTENT */ [NONE, DONE, NONE, NONE, DONE],
  /* DONE    */ [NONE, NONE, NONE, NONE, NONE],
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
