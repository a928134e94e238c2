import type { Transcript } from "./judge.ts";
import { textOf } from "./vectors.ts";

/** Milliseconds for one connection before it counts as hanging. */
const PATIENCE = 20_000;

/**
 * Connects, sends the pieces one by one, and reads until the server ends the connection. It reads all the
 * time, like a regular client.
 */
export async function socketExchange(
  port: number,
  pieces: readonly Uint8Array[],
  halfClose: boolean,
): Promise<Transcript> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    conn.close();
  }, PATIENCE);
  const writing = send(conn, pieces, halfClose);
  let received = "";
  let end: Transcript["end"] = "closed";
  const buffer = new Uint8Array(16384);
  try {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      received += textOf(buffer.subarray(0, count));
    }
  } catch {
    end = "reset";
  }
  // The rest of the input is sent while the server lingers: the server must accept it without a reset.
  const sent = await writing;
  clearTimeout(timer);
  if (timedOut) return { received, end: "timeout" };
  conn.close();
  return { received, end: sent ? end : "reset" };
}

async function send(conn: Deno.TcpConn, pieces: readonly Uint8Array[], halfClose: boolean): Promise<boolean> {
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
    }
    if (halfClose) await conn.closeWrite();
    return true;
  } catch {
    return false;
  }
}
