import type { NodeConn } from "./node_socket.ts";
import { unrefTimer } from "./unref_timer.ts";

/** Milliseconds that a client has to read the answer and close. */
const LINGER = 1000;

/**
 * Looks at the first byte of a connection where a TLS handshake should begin. A client that sends text, such
 * as an HTTP request, gets the answer and is closed.
 *
 * @param conn A connection that nobody has read from.
 * @param answer ASCII text for a client that sends text.
 * @param pass Called for any other client, with what was read put back.
 */
export function expectHandshake(conn: NodeConn, answer: string, pass: () => void): void {
  conn.on("error", () => {});
  conn.once("readable", () => {
    const chunk = conn.read();
    if (chunk === null) {
      conn.destroy();
    } else if (isText(chunk[0]!)) {
      conn.end(answer);
      conn.resume();
      unrefTimer(setTimeout(() => conn.destroy(), LINGER));
    } else {
      conn.unshift(chunk);
      pass();
    }
  });
}

/** A TLS record begins with its type, 20 to 23; a method of HTTP with a letter. */
function isText(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x7a || byte === 0x0a || byte === 0x0d;
}
