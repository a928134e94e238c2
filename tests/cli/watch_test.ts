import { assertEquals } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { Command } from "./command.ts";

/** Milliseconds that a change may take to be served. */
const PATIENCE = 20_000;

const app = (answer: string) => `export default { fetch: () => new Response(${JSON.stringify(answer)}) };\n`;

/** Asks until it is answered so. */
async function answered(url: string, answer: string): Promise<void> {
  const from = performance.now();
  for (let text = ""; text !== answer;) {
    if (performance.now() - from > PATIENCE) throw new Error(`Not ${answer} but ${text} was answered`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    text = await fetch(url, { headers: { connection: "close" } }).then((response) => response.text(), String);
  }
}

/** A port that is free now: a server that is started anew listens where it listened before. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const runtime of runtimes()) {
  Deno.test(`handoff --watch on ${runtime.name} serves what has changed`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const module = `${folder}/app.ts`;
      await Deno.writeTextFile(module, app("first"));
      const args = [module, "--port", `${freePort()}`, "--threads", "2", "--watch"];
      await using command = new Command(runtime, args);
      const url = await command.url();
      await answered(url, "first");
      await Deno.writeTextFile(module, app("second"));
      await answered(url, "second");
      await Deno.writeTextFile(module, "not a module");
      await command.written("stderr", /Ended; waiting for a change/);
      await Deno.mkdir(`${folder}/below`);
      await Deno.writeTextFile(`${folder}/below/other.ts`, app("third"));
      await Deno.writeTextFile(module, 'export { default } from "./below/other.ts";\n');
      await answered(url, "third");
      await Deno.writeTextFile(`${folder}/data.json`, "{}");
      await answered(url, "third");
      command.signal("SIGINT");
      assertEquals((await command.end()).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
