import { HttpError } from "../http/errors.ts";

/** The answer that a thrown value is. */
export interface ErrorAnswer {
  /** 400 to 599. */
  readonly status: number;
  /** The words for the client; `null` where there are none. */
  readonly message: string | null;
}

/**
 * Reads the answer that an `HttpError` is; `null` of any other value. Whatever was thrown is read without
 * harm: a proxy that has been revoked, or an error with accessors that throw, is no answer.
 */
export function answerOf(thrown: unknown): ErrorAnswer | null {
  try {
    if (!(thrown instanceof HttpError)) return null;
    const { status, message, expose } = thrown;
    if (!Number.isInteger(status) || status < 400 || status > 599) return null;
    return { status, message: expose ? `${message}` : null };
  } catch {
    return null;
  }
}
