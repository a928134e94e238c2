/** A breach of the protocol by the client, as the status code and the words of the close frame that it gets. */
export interface FrameFlaw {
  /** A status code of RFC 6455 section 7.4.1. */
  readonly code: number;
  /** ASCII, at most 123 bytes, and nothing that the client sent. */
  readonly reason: string;
}

/** Makes a {@linkcode FrameFlaw}. */
export function flaw(code: number, reason: string): FrameFlaw {
  return { code, reason };
}
