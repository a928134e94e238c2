import { INVALID_DATA, isCloseCode, NO_STATUS, PROTOCOL_ERROR } from "./close_code.ts";
import { flaw, type FrameFlaw } from "./frame_flaw.ts";

/** The content of a close frame, RFC 6455 section 5.5.1. */
export interface ClosePayload {
  /** The status code; {@linkcode NO_STATUS} where there is none. */
  readonly code: number;
  readonly reason: string;
}

const ONE_BYTE = flaw(PROTOCOL_ERROR, "A close frame has a payload of one byte");
const BAD_CODE = flaw(PROTOCOL_ERROR, "The status code of a close frame must not be sent");
const BAD_REASON = flaw(INVALID_DATA, "The reason of a close frame is not UTF-8");

/** Maximum size of a reason, in bytes of UTF-8. */
export const MAX_REASON = 123;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Reads the payload of a close frame.
 *
 * @returns A {@linkcode FrameFlaw}, which has another close frame's code, where it is invalid.
 */
export function readClosePayload(bytes: Uint8Array): ClosePayload | { readonly flaw: FrameFlaw } {
  if (bytes.length === 0) return { code: NO_STATUS, reason: "" };
  if (bytes.length === 1) return { flaw: ONE_BYTE };
  const code = bytes[0]! << 8 | bytes[1]!;
  if (!isCloseCode(code)) return { flaw: BAD_CODE };
  try {
    return { code, reason: decoder.decode(bytes.subarray(2)) };
  } catch {
    return { flaw: BAD_REASON };
  }
}

/**
 * Makes the payload of a close frame.
 *
 * @param code The status code; {@linkcode NO_STATUS} for an empty payload.
 * @param reason At most {@linkcode MAX_REASON} bytes of UTF-8.
 */
export function closePayload(code: number, reason: string): Uint8Array {
  if (code === NO_STATUS) return new Uint8Array(0);
  const words = encoder.encode(reason);
  const payload = new Uint8Array(2 + words.length);
  payload[0] = code >>> 8;
  payload[1] = code;
  payload.set(words, 2);
  return payload;
}
