import { announce } from "./announce.ts";
import { answers, floor } from "./floor_answers.ts";

/** The used part of `Bun.Socket`. */
interface Conn {
  data: Uint8Array | undefined;
  write(data: Uint8Array): number;
  end(): void;
}

/** The used part of Bun. */
interface BunListen {
  listen(options: Record<string, unknown>): { readonly port: number };
}

function send(conn: Conn, answer: Uint8Array): void {
  const sent = conn.write(answer);
  conn.data = sent >= 0 && sent < answer.length ? answer.subarray(sent) : undefined;
}

const listener = (globalThis as unknown as { Bun: BunListen }).Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    binaryType: "uint8array",
    data(conn: Conn, chunk: Uint8Array) {
      const answer = answers(floor.completed(chunk));
      if (answer.length > 0) send(conn, answer);
    },
    drain(conn: Conn) {
      if (conn.data !== undefined) send(conn, conn.data);
    },
    error() {},
  },
});
announce(listener.port);
