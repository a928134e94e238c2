/**
 * A WebSocket's way from its opening handshake to its end, RFC 6455 section 7.
 *
 * An `open` connection carries messages both ways. Either side begins the closing handshake with a close frame. If the
 * server does, the connection is `closing` until the client's close frame comes: what the client sends before it is read
 * and dropped. If the client does, the server's close frame is the answer, and the connection is `ended`. So it is where
 * the client breaks the protocol: the server sends a close frame with the reason and reads no more (section 7.1.7). Of an
 * `ended` connection the server has closed its half, for it is the server that is to close TCP first (section 7.1.1), and
 * whatever still comes is read and dropped, because to close a socket with unread bytes would reset it, and the client
 * might lose the close frame. It is `closed` once TCP is, which may happen in every state.
 *
 * All transitions are made by {@linkcode WebSocketConnection}, through {@linkcode nextState}.
 */
export const TRANSITIONS = {
  open: { closeSent: "closing", closeReceived: "ended", failed: "ended", lost: "closed" },
  closing: { closeReceived: "ended", failed: "ended", lost: "closed" },
  ended: { lost: "closed" },
  closed: {},
} as const satisfies Record<string, Partial<Record<ConnectionEvent, string>>>;

/** A state of {@linkcode TRANSITIONS}. */
export type ConnectionState = "open" | "closing" | "ended" | "closed";

/** An event of {@linkcode TRANSITIONS}. */
export type ConnectionEvent = "closeSent" | "closeReceived" | "failed" | "lost";

/**
 * The state after an event.
 *
 * @throws {Error} If the event cannot happen in the state, which is a mistake in the caller.
 */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const row: Partial<Record<ConnectionEvent, ConnectionState>> = TRANSITIONS[state];
  const next = row[event];
  if (next === undefined) throw new Error(`Cannot go on from "${state}": "${event}" is not expected there`);
  return next;
}
