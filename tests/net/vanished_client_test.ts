import { assert, assertEquals } from "@std/assert";
import { listen } from "../../src/net/deno.ts";
import { type DenoConn, DenoSocket } from "../../src/net/deno_socket.ts";
import { connectResettable } from "../behaviour/raw_client.ts";

const COUNT = 20;

Deno.test("clients that had gone before Deno accepted them are no error, and delay nobody", async () => {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address as { port: number };
  for (let i = 0; i < COUNT; i++) await (await connectResettable(port, "x")).reset();
  const errors: Error[] = [];
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<string>();
  listener.start((socket) => ({
    onData: (chunk) => resolve(new TextDecoder().decode(chunk)),
    onEnd: () => socket.end(),
    onDrain: () => {},
    onClose: () => {},
  }), (error) => errors.push(error));
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  await client.write(new TextEncoder().encode("served"));
  assertEquals(await promise, "served");
  const elapsed = performance.now() - started;
  assert(elapsed < 500, `${elapsed} ms: a pause for each would be a second`);
  assertEquals(errors, []);
  client.close();
  await listener.close();
});

Deno.test("a client that had gone when it was accepted is reported by the first read", async () => {
  const gone = Object.assign(new Error("Connection reset by peer"), { code: "ECONNRESET" });
  const conn: DenoConn = {
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    // As macOS answers for a socket whose peer has reset it.
    setNoDelay: () => {
      throw new TypeError("Invalid argument (os error 22)");
    },
    read: () => Promise.reject(gone),
    write: (data) => Promise.resolve(data.length),
    closeWrite: () => Promise.resolve(),
    close: () => {},
  };
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  new DenoSocket(conn).start({ onData: () => {}, onEnd: () => {}, onDrain: () => {}, onClose: resolve });
  assertEquals(await promise, gone);
});
