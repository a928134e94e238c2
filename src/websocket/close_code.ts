// RFC 6455 section 7.4.1, and the registry that it founded.

/** The purpose of the connection is fulfilled. */
export const NORMAL_CLOSURE = 1000;
/** The server is going down. */
export const GOING_AWAY = 1001;
/** The peer broke the protocol. */
export const PROTOCOL_ERROR = 1002;
/** No status: never sent, reported where a close frame had none. */
export const NO_STATUS = 1005;
/** Abnormal closure: never sent, reported where the connection ended without a close frame. */
export const ABNORMAL_CLOSURE = 1006;
/** Data that is inconsistent with the type of the message, as text that is not UTF-8. */
export const INVALID_DATA = 1007;
/** A policy was violated. */
export const POLICY_VIOLATION = 1008;
/** A message is too big. */
export const MESSAGE_TOO_BIG = 1009;
/** The server met an unexpected condition. */
export const INTERNAL_ERROR = 1011;

/**
 * Tells whether a status code may stand in a close frame: 1000 to 1014 without 1004 to 1006, which are reserved, and 3000 to
 * 4999, which are for libraries and programs.
 *
 * @param code The status code.
 */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}
