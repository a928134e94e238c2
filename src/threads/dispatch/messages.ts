import type { AddressRecord, RequestRecord } from "./request_record.ts";

/*
 * The messages of "dispatch": HTTP, not the bytes of a version of it. They travel in batches, one array of
 * many records, each an operation, the number of the exchange, and the operands. A `postMessage` costs
 * several microseconds however little it carries, so that what is ready in one turn goes together.
 */

// To the thread that handles.

/** A request: a `RequestRecord`. */
export const REQUEST = 0;
/** Content, or bytes of an upgraded connection: a buffer. */
export const DATA = 1;
/** The end of the content: the trailer fields as text, or `null`. */
export const DATA_END = 2;
/** The content cannot be completed: status, message. */
export const FAIL = 3;
/** The client may be gone. */
export const MAYBE_GONE = 4;
/** The connection is gone: the message of the error, and its posted cause or `null`. */
export const CLOSED = 5;
/** The client took bytes of the response: their number. */
export const TAKEN = 6;
/** The client closed its half of an upgraded connection. */
export const CLIENT_ENDED = 7;
/** A connection began: the address of its client. */
export const CONNECTION_START = 8;
/** The connection ended. */
export const CONNECTION_END = 9;

// From the thread that handles. Header fields are encoded text, `null` for none, with flags beside them.

/** An interim response: status, fields, flags. */
export const INTERIM = 16;
/** A whole response: status, reason, fields, flags, size, body (text, a buffer, or `null`). */
export const WHOLE = 17;
/** The head of a response: status, reason, fields, flags, size, whether content may follow. */
export const HEAD = 18;
/** Content, or bytes of an upgraded connection: text or a buffer. */
export const CONTENT = 19;
/** A whole response is to be sent though its exchange goes on. */
export const SCHEDULE = 29;
/** The end of the content: trailer fields, flags. */
export const END = 20;
/** The request is refused: status, message. */
export const REFUSE = 21;
/** The response, or an upgraded connection, is given up. */
export const ABORT = 22;
/**
 * The handler took content: number of bytes; and the byte of it that the handler waits for, counted from 0,
 * or -1.
 */
export const WANT = 23;
/** The handler wants none of the content. */
export const DROP = 24;
/** The exchange is over: bytes of content that the handler has read. */
export const DONE = 25;
/** The connection leaves HTTP: fields, flags. */
export const UPGRADE = 26;
/** The handler closed its half of an upgraded connection. */
export const HANDLER_ENDED = 27;
/** The handler has left both halves of an upgraded connection. */
export const HANDLER_LEFT = 28;

/** Number of values that follow the operation and the exchange. */
export const OPERANDS: Readonly<Record<number, number>> = {
  [REQUEST]: 12 satisfies RequestRecord["length"],
  [DATA]: 1,
  [DATA_END]: 1,
  [FAIL]: 2,
  [MAYBE_GONE]: 0,
  [CLOSED]: 2,
  [TAKEN]: 1,
  [CLIENT_ENDED]: 0,
  [CONNECTION_START]: 2 satisfies AddressRecord["length"],
  [CONNECTION_END]: 0,
  [INTERIM]: 3,
  [WHOLE]: 6,
  [HEAD]: 6,
  [CONTENT]: 1,
  [SCHEDULE]: 0,
  [END]: 2,
  [REFUSE]: 2,
  [ABORT]: 0,
  [WANT]: 2,
  [DROP]: 0,
  [DONE]: 1,
  [UPGRADE]: 2,
  [HANDLER_ENDED]: 0,
  [HANDLER_LEFT]: 0,
};

/** Bytes that may be on their way or waiting in one direction of one exchange: 128 KiB. */
export const WINDOW: number = 128 * 1024;

/** Bytes that are acknowledged together. */
export const ACKNOWLEDGE: number = 32 * 1024;
