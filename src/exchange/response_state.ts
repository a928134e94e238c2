/*
 * The life of one response, seen from the exchange.
 *
 *     fresh --interim--> fresh --head--> streaming --end--> settled
 *     fresh --leave--> settled
 *     streaming --cut--> settled
 *
 * A response that is sent whole passes through "streaming" for no time at all. One that leaves HTTP is settled with its head:
 * what follows is another protocol's. An event that the table does not have is a mistake in this library, not in the client or
 * the handler, and throws.
 */

/** Nothing of the final response has been sent. */
export const FRESH = 0;
/** The head has been sent, content may follow. */
export const STREAMING = 1;
/** Nothing more will be sent. */
export const SETTLED = 2;

/** The head was sent. */
export const HEAD_EVENT = 0;
/** The content came to its end. */
export const END_EVENT = 1;
/** A 1xx response was sent. */
export const INTERIM_EVENT = 2;
/** The head of a response that leaves HTTP was sent. */
export const LEAVE_EVENT = 3;
/** The response was given up in the midst of its content. */
export const CUT_EVENT = 4;

const NONE = 255;

/** State by event: the state that follows, or NONE. */
const TRANSITIONS = [
  /* FRESH     */ [STREAMING, NONE, FRESH, SETTLED, NONE],
  /* STREAMING */ [NONE, SETTLED, NONE, NONE, SETTLED],
  /* SETTLED   */ [NONE, NONE, NONE, NONE, NONE],
] as const;

/**
 * The state that follows.
 *
 * @throws {Error} Where the event cannot happen in that state.
 */
export function transition(state: number, event: number): number {
  const next = TRANSITIONS[state]?.[event] ?? NONE;
  if (next === NONE) {
    throw new Error(`Cannot go on from response state ${state} by event ${event}: no such transition`);
  }
  return next;
}
