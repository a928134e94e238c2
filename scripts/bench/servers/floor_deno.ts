import { announce } from "./announce.ts";
import { answers, floor } from "./floor_answers.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
announce(listener.addr.port);
for await (const conn of listener) {
  serve(conn).catch(() => {}).finally(() => {
    try {
      conn.close();
    } catch {
      // The connection has been closed before.
    }
  });
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(64 * 1024);
  for (let size = await conn.read(buffer); size !== null; size = await conn.read(buffer)) {
    const answer = answers(floor.completed(buffer.subarray(0, size)));
    for (let sent = 0; sent < answer.length;) sent += await conn.write(answer.subarray(sent));
  }
}
