/**
 * A file that became shorter, or was replaced by another, while it was sent. The connection was cut, so that
 * the client can see that the content is incomplete.
 */
export class FileChangedError extends Error {
  /** The name of the class. */
  override readonly name: string = "FileChangedError";
}
