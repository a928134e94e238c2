import { assert, assertEquals } from "@std/assert";
import { listen } from "../../src/net/deno.ts";
import { connectResettable } from "../behaviour/raw_client.ts";

const COUNT = 20;

Deno.test("clients that were gone before they were accepted on Deno are no error, and keep nobody waiting", async () => {
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
