/**
 * In the environment of a process that is started again when a file changes: the URL that the watching
 * process listens on for it. The process does what it is told on standard input.
 */
export const WATCHED = "HANDOFF_WATCHED";

/** In its environment: the file that it writes its port to once it listens. */
export const WATCHED_PORT = "HANDOFF_WATCHED_PORT";

/** Tells it to finish the requests in flight and end. */
export const DRAIN = "drain\n";

/** Tells it to do so soon. */
export const RESTART = "restart\n";
