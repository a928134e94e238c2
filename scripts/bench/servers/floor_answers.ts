import { wantedRoute } from "./announce.ts";
import { HELLO, LARGE, MEDIA_TYPES, PIECE, PIECES, type Route } from "./payloads.ts";

const encoder = new TextEncoder();

/** The work of the floor for each chunk of a connection: only what no server can do without. */
export interface Floor {
  /** The bytes of one response. */
  readonly answer: Uint8Array;
  /** Number of requests that a chunk of a connection completes. */
  completed(chunk: Uint8Array): number;
}

function response(route: Route, body: Uint8Array): Uint8Array {
  return join([
    encoder.encode(
      `HTTP/1.1 200 OK\r\ncontent-type: ${MEDIA_TYPES[route]}\r\n` +
        `date: ${new Date().toUTCString()}\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
}

function chunkedResponse(route: Route, pieces: readonly Uint8Array[]): Uint8Array {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${MEDIA_TYPES[route]}\r\n` +
    `date: ${new Date().toUTCString()}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunks = pieces.flatMap((piece) => [
    encoder.encode(`${piece.length.toString(16)}\r\n`),
    piece,
    encoder.encode("\r\n"),
  ]);
  return join([encoder.encode(head), ...chunks, encoder.encode("0\r\n\r\n")]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Counts the empty lines of a chunk. Requests split between two chunks are not detected, because none occurs
 * here.
 */
function emptyLines(chunk: Uint8Array): number {
  let count = 0;
  // The engine's own search finds the first byte of a CRLF CRLF.
  for (let at = chunk.indexOf(13); at !== -1 && at + 3 < chunk.length; at = chunk.indexOf(13, at + 1)) {
    if (chunk[at + 2] === 13 && chunk[at + 1] === 10 && chunk[at + 3] === 10) {
      count++;
      at += 3;
    }
  }
  return count;
}

const LAST_CHUNK = encoder.encode("0\r\n\r\n");

/** Detects the last chunk of an upload, which is at the end of a chunk of the socket. */
function endsUpload(chunk: Uint8Array): number {
  const from = chunk.length - LAST_CHUNK.length;
  return from >= 0 && LAST_CHUNK.every((byte, at) => chunk[from + at] === byte) ? 1 : 0;
}

const floors: Record<string, Floor> = {
  hello: { answer: response("hello", encoder.encode(HELLO)), completed: emptyLines },
  large: { answer: response("large", LARGE), completed: emptyLines },
  stream: {
    answer: chunkedResponse("stream", new Array(PIECES).fill(PIECE)),
    completed: emptyLines,
  },
  upload: { answer: response("upload", encoder.encode("counted")), completed: endsUpload },
};

/** The floor of the selected workload. */
export const floor: Floor = wantedRoute(floors);

/** Returns the bytes of `count` responses. */
export const answers: (count: number) => Uint8Array = (() => {
  const made: Uint8Array[] = [new Uint8Array(0), floor.answer];
  return (count) => made[count] ??= join(new Array(count).fill(floor.answer));
})();
