/*
 * State of one response, as seen by the exchange.
 *
 *     fresh --interim--> fresh --head--> streaming --end--> settled
 *     fresh --leave--> settled
 *     streaming --cut--> settled
 *
 * A response that is sent whole passes through "streaming" within one call. A response that ends HTTP is
 * settled with its head: the bytes after it belong to another protocol. An event that is not in the table is
 * a mistake in this library, not in the client or the handler, and throws.
 */

/** Nothing of the final response has been sent. */
export const FRESH = 0;
/** The head has been sent, content may follow. */
export const STREAMING = 1;
/** Nothing more will be sent. */
export const SETTLED = 2;

/** The head was sent. */
export const HEAD_EVENT = 0;
/** The content is complete. */
export const END_EVENT = 1;
/** An interim response was sent. */
export const INTERIM_EVENT = 2;
/** The head of a response that ends HTTP was sent. */
export const LEAVE_EVENT = 3;
/** The response was cut within its content. */
export const CUT_EVENT = 4;

const NONE = 255;

/** Next state by state and event, or NONE. */
const TRANSITIONS = [
  /* FRESH     */ [STREAMING, NONE, FRESH, SETTLED, NONE],
  /* STREAMING */ [NONE, SETTLED, NONE, NONE, SETTLED],
  /* SETTLED   */ [NONE, NONE, NONE, NONE, NONE],
] as const;

/**
 * Looks up the next state.
 *
 * @throws {Error} If the event cannot happen in that state.
 */
export function transition(state: number, event: number): number {
  const next = TRANSITIONS[state]?.[event] ?? NONE;
  if (next === NONE) {
    throw new Error(`Cannot go on from response state ${state} by event ${event}: no such transition`);
  }
  return next;
}
