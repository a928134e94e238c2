import { assertEquals } from "@std/assert";
import { type Fixture, startFixture } from "./support/fixture.ts";
import { plainRuntimes } from "./support/runtimes.ts";

/** What an example of hyper's page does, by its file in `tests/examples`. */
const EXAMPLES: Readonly<Record<string, (origin: string, example: Fixture) => Promise<void>>> = {
  async function_handler(origin) {
    const response = await fetch(`${origin}/`);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assertEquals(await response.text(), "Hello, World!");
    assertEquals(await (await fetch(`${origin}/hyper`)).text(), "Hello, hyper!");
  },

  async object_handler(origin, example) {
    for (const path of ["/one", "/two?three"]) {
      const response = await fetch(origin + path, { method: "PUT" });
      assertEquals([response.status, await response.text()], [202, ""]);
    }
    // What was sent over the channel is written on its other end.
    await until(() => example.stderr.length >= 2);
    assertEquals(example.stderr.splice(0), ["PUT /one", "PUT /two?three"]);
  },

  async shared_counter(origin) {
    const texts = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${origin}/`)).text()),
    );
    const expected = Array.from({ length: 20 }, (_, i) => `You are number ${i + 1}\n`);
    assertEquals(texts.sort(), expected.sort());
  },

  async echo(origin) {
    const content = crypto.getRandomValues(new Uint8Array(65536));
    const posted = await fetch(`${origin}/`, { method: "POST", body: content });
    assertEquals([posted.status, await posted.bytes()], [200, content]);
    const pieces = new Blob([content, content, content]);
    const streamed = await fetch(`${origin}/`, { method: "POST", body: pieces.stream() });
    assertEquals((await streamed.bytes()).length, 3 * content.length);
    for (const method of ["GET", "PUT", "DELETE"]) {
      const refused = await fetch(`${origin}/`, { method });
      assertEquals([refused.status, await refused.text()], [405, ""]);
    }
  },
};

for (const runtime of plainRuntimes()) {
  for (const [name, check] of Object.entries(EXAMPLES)) {
    Deno.test(`tests/examples/${name}.ts runs (${runtime.name})`, async () => {
      const script = new URL(`./examples/${name}.ts`, import.meta.url);
      await using example = await startFixture(runtime, script);
      await check(`http://127.0.0.1:${example.port}`, example);
      assertEquals(await example.stop(), 0, "ends by itself");
      assertEquals(example.stderr, []);
    });
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("It has not happened");
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
