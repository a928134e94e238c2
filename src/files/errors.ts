/**
 * A file that became shorter while it was sent. The connection was cut, so that the client can see that the content is
 * incomplete.
 */
export class FileTruncatedError extends Error {
  /** The name of the class. */
  override readonly name: string = "FileTruncatedError";
}
