/*
 * State of an HTTP/1.1 connection, RFC 9112 section 9. There is one exchange at a time: the bytes of the next
 * request wait until the current exchange is complete. This keeps pipelined responses in order and memory
 * bounded.
 *
 *     READING --head--> EXCHANGE --done--> READING
 *                       EXCHANGE --unread--> DROPPING --dropped--> READING
 *     READING, EXCHANGE, DROPPING --last--> CLOSING
 *     EXCHANGE --upgrade--> DETACHED
 *     any --closed--> CLOSED
 *
 * READING: between requests, or within a head. EXCHANGE: a request has been handed off; its content may still
 * arrive. DROPPING: the response is complete, and the rest of the request's content is read and dropped to
 * get to the next request. CLOSING: no further request is read; the last response may still be in
 * transmission. DETACHED: another protocol has the connection. An event that is not in the table is a mistake
 * in this library, and throws.
 */

/** Between requests, or within a head. */
export const READING = 0;
/** A request has been handed off. */
export const EXCHANGE = 1;
/** The response is complete, and unread content is being dropped. */
export const DROPPING = 2;
/** No further request is read. */
export const CLOSING = 3;
/** Another protocol has the connection. */
export const DETACHED = 4;
/** The connection is closed. */
export const CLOSED = 5;

/** The head of a request is complete. */
export const HEAD_EVENT = 0;
/** The exchange is complete, and its request has been read. */
export const DONE_EVENT = 1;
/** The exchange is complete, and content of its request is still to come. */
export const UNREAD_EVENT = 2;
/** The remaining content of the request has arrived. */
export const DROPPED_EVENT = 3;
/** The connection is to serve no further request. */
export const LAST_EVENT = 4;
/** Another protocol took over the connection. */
export const UPGRADE_EVENT = 5;
/** The connection closed. */
export const CLOSED_EVENT = 6;

const NONE = 255;

/** Next state by state and event, or NONE. */
const TRANSITIONS = [
  /*               head      done     unread    dropped  last     upgrade   closed */
  /* READING  */ [EXCHANGE, NONE, NONE, NONE, CLOSING, NONE, CLOSED],
  /* EXCHANGE */ [NONE, READING, DROPPING, NONE, CLOSING, DETACHED, CLOSED],
  /* DROPPING */ [NONE, NONE, NONE, READING, CLOSING, NONE, CLOSED],
  /* CLOSING  */ [NONE, NONE, NONE, NONE, CLOSING, NONE, CLOSED],
  /* DETACHED */ [NONE, NONE, NONE, NONE, NONE, NONE, CLOSED],
  /* CLOSED   */ [NONE, NONE, NONE, NONE, CLOSED, NONE, CLOSED],
] as const;

/**
 * Looks up the next state.
 *
 * @throws {Error} If the event cannot happen in that state.
 */
export function nextState(state: number, event: number): number {
  const next = TRANSITIONS[state]?.[event] ?? NONE;
  if (next === NONE) {
    throw new Error(`Cannot go on from connection state ${state} by event ${event}: no such transition`);
  }
  return next;
}
