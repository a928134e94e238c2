import { assert, assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { Command } from "./command.ts";

/** Milliseconds that a change may take to be served. */
const PATIENCE = 20_000;

const app = (answer: string) => `export default { fetch: () => new Response(${JSON.stringify(answer)}) };\n`;

/** What is accepted, and how the page of an error begins then. */
const PAGES = [
  ["text/html", "text/html; charset=utf-8", "<!DOCTYPE html>"],
  ["*/*", "text/plain; charset=utf-8", "The module cannot be served:\n\n"],
] as const;

const ECHO = `export default async (req, res) => void await res.send(await req.bytes());\n`;

/** Asks until it is answered so. */
async function answered(url: string, answer: string): Promise<void> {
  const from = performance.now();
  for (let text = ""; text !== answer;) {
    if (performance.now() - from > PATIENCE) throw new Error(`Not ${answer} but ${text} was answered`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    text = await fetch(url, { headers: { connection: "close" } }).then((response) => response.text(), String);
  }
}

/** Opens connections for as long as a test lasts, and counts those that are refused. */
async function knock(port: number, end: AbortSignal): Promise<{ opened: number; refused: number }> {
  let [opened, refused] = [0, 0];
  while (!end.aborted) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      opened++;
    } catch {
      refused++;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { opened, refused };
}

for (const runtime of runtimes()) {
  Deno.test(`handoff --watch on ${runtime.name} serves what has changed`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const module = `${folder}/app.ts`;
      await Deno.writeTextFile(module, app("first"));
      await using command = new Command(runtime, [module, "--port", "0", "--threads", "2", "--watch"]);
      const url = await command.url();
      const end = new AbortController();
      const knocking = knock(Number(new URL(url).port), end.signal);
      await answered(url, "first");
      await Deno.writeTextFile(module, app("second"));
      await answered(url, "second");
      await Deno.writeTextFile(module, "not a module");
      await command.written("stderr", /Ended; waiting for a change/);
      for (const [accept, type, begin] of PAGES) {
        const page = await fetch(url, { method: "POST", body: "x".repeat(100_000), headers: { accept } });
        const text = await page.text();
        assertEquals([page.status, page.headers.get("content-type")], [500, type]);
        assert(text.startsWith(begin), text);
        assertMatch(text, /app\.ts/);
      }
      await Deno.mkdir(`${folder}/below`);
      await Deno.writeTextFile(`${folder}/below/other.ts`, app("third"));
      await Deno.writeTextFile(module, 'export { default } from "./below/other.ts";\n');
      await answered(url, "third");
      await Deno.writeTextFile(`${folder}/data.json`, "{}");
      await answered(url, "third");
      end.abort();
      const { opened, refused } = await knocking;
      assert(opened > 10 && refused === 0, `${refused} connections were refused, ${opened} opened`);
      command.signal("SIGINT");
      assertEquals((await command.end()).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test(`handoff --watch on ${runtime.name} passes on what is sent, and tells of a process that dies`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const module = `${folder}/app.ts`;
      await Deno.writeTextFile(module, ECHO);
      await using command = new Command(runtime, [module, "--port", "0", "--threads", "1", "--watch"]);
      const url = await command.url();
      const sent = crypto.getRandomValues(new Uint8Array(60_000));
      const large = new Uint8Array(6_000_000).map((_, i) => sent[i % sent.length]!);
      for (const body of [sent, large]) {
        const received = await (await fetch(url, { method: "POST", body })).bytes();
        assert(received.length === body.length && received.every((byte, i) => byte === body[i]));
      }
      const tells = "export default (req, res) => res.send(String(req.remoteAddress.port));\n";
      await Deno.writeTextFile(module, tells);
      await command.written("stderr", /A file changed/);
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
      await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
      const { port } = conn.localAddr as Deno.NetAddr;
      assertMatch(await new Response(conn.readable).text(), new RegExp(`\\r\\n\\r\\n${port}$`));
      const dying = `setTimeout(() => { console.error("why it died"); process.exit(3); }, 300);\n`;
      await Deno.writeTextFile(module, `import process from "node:process";\n${dying}${ECHO}`);
      await command.written("stderr", /Ended; waiting for a change/);
      const page = await fetch(url);
      assertEquals(page.status, 500);
      assertMatch(await page.text(), /why it died/);
      command.signal("SIGTERM");
      assertEquals((await command.end()).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
