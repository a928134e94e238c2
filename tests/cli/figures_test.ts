import { assertEquals } from "@std/assert";
import { askFigures, tellFigures } from "../../src/cli/figures.ts";

function opened(name: string): Disposable {
  const channel = new BroadcastChannel(name);
  return { [Symbol.dispose]: () => channel.close() };
}

Deno.test("askFigures() asks once for all that wait, and anew for whoever comes later", async () => {
  let reads = 0;
  const name = crypto.randomUUID();
  const end = tellFigures(name, () => ({ threads: Array(++reads) }));
  const figures = await Promise.all(Array.from({ length: 50 }, () => askFigures(name)));
  assertEquals(figures.map(({ threads }) => threads.length), Array(50).fill(1));
  assertEquals((await askFigures(name)).threads.length, 2);
  end();
});

Deno.test("askFigures() gives those of no threads where nobody answers, and asks again", async () => {
  const name = crypto.randomUUID();
  // Deno forgets the next channel of a thread that is made as its last one closes.
  using _other = opened(crypto.randomUUID());
  assertEquals(await askFigures(name), { threads: [] });
  const end = tellFigures(name, () => ({ threads: Array(1) }));
  assertEquals((await askFigures(name)).threads.length, 1);
  end();
});
