/** Why a connection has ended, as a handler reads it in a `ConnectionClosedError`. */
export const CLIENT_GONE = "The client went away";

/** The exchange asked for it. */
export const WAS_CUT = "The connection was cut";

/** `Listening.close()`, at its deadline; or a server that cannot go on. */
export const CLOSING = "The server cut the connection: it is closing, and waits no longer";

/** The client is slower than `timeouts.send` allows, or dead. */
export const TAKES_NOTHING =
  "The server cut the connection: the client took nothing for as long as timeouts.send allows";

/** The client has had its last response, and time to read it. */
export const STAYS = "The server cut the connection: the client did not close its half";

/** The server is wrong. */
export const MISTAKEN = "The server cut the connection, because of a mistake in it";
