/**
 * Opens connections, sends one request on each, and holds them until standard input ends. Prints `ready` when
 * all requests have been answered. Arguments: port, number of connections.
 */

const [port, count] = Deno.args.map(Number) as [number, number];
const request = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
/** Number of connections opened at once, below the length of the backlog of a listening socket. */
const AT_ONCE = 100;

const connections: Deno.Conn[] = [];
while (connections.length < count) {
  const wanted = Math.min(AT_ONCE, count - connections.length);
  connections.push(...await Promise.all(Array.from({ length: wanted }, open)));
}
console.log("ready");
for await (const _ of Deno.stdin.readable);
for (const connection of connections) connection.close();

async function open(): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(request);
  const answer = await conn.read(new Uint8Array(1024));
  if (answer === null) throw new Error("The connection ended early");
  return conn;
}
