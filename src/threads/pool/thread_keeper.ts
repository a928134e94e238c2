/** Receives what happens to one thread. */
export interface ThreadKeeper {
  /** The thread can serve. */
  threadIsReady(): void;
  /** The thread can serve, or a connection that was passed to it has ended. */
  threadHasRoom(): void;
  /** The thread's handler reported an error, which the thread has counted. */
  threadError(error: unknown): void;
  /**
   * An error in dealing with the thread, which nobody has counted: a message that cannot be read, a slow
   * start.
   */
  threadFault(error: unknown): void;
  /** The thread has ended by itself. */
  threadDied(error: unknown): void;
}
