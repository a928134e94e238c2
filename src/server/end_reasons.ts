/** Message of a `ConnectionClosedError`: the client disconnected. */
export const CLIENT_GONE = "The client went away";

/** The exchange cut the connection. */
export const WAS_CUT = "The connection was cut";

/** The deadline of `Listening.close()` has passed, or the server has failed. */
export const CLOSING = "The server cut the connection: it is closing, and waits no longer";

/** The client is slower than `timeouts.send` allows, or dead. */
export const TAKES_NOTHING =
  "The server cut the connection: the client took nothing for as long as timeouts.send allows";

/** The client did not close its half within the time for reading the last response. */
export const STAYS = "The server cut the connection: the client did not close its half";

/** The server failed because of a mistake in this library. */
export const MISTAKEN = "The server cut the connection, because of a mistake in it";
