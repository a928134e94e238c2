import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { startFixture } from "../support/fixture.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";

const SERVER = new URL("./socket_server.ts", import.meta.url);

const ECHOED = ["hello", "zwölf \u{1f600}", "", "70000 characters", "300000 characters", "bytes 0,255,1"];

async function runClient({ name, command }: Runtime, port: number): Promise<Record<string, unknown>> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, fileURLToPath(new URL("./client_program.ts", import.meta.url)), `${port}`],
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  if (!success) throw new Error(`The client failed on ${name}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Everything that a response to a request of some lines brings, until the server closes. */
async function answerTo(port: number, lines: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(
    new TextEncoder().encode([...lines, "Host: a", "Connection: close, Upgrade", "", ""].join("\r\n")),
  );
  const chunk = new Uint8Array(4096);
  let text = "";
  for (let size: number | null; (size = await connection.read(chunk)) !== null;) {
    text += new TextDecoder().decode(chunk.subarray(0, size));
    if (text.includes("\r\n\r\n")) break;
  }
  return text;
}

const OFFER = [
  "Upgrade: WebSocket",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

for (const runtime of runtimes()) {
  Deno.test(`the WebSocket of each runtime is served by a server on ${runtime.name}`, async (t) => {
    await using server = await startFixture(runtime, SERVER);
    for (const client of runtimes()) {
      await t.step(client.name, async () => {
        const results = await runClient(client, server.port);
        const ended = { messages: ECHOED, code: 3000, wasClean: true };
        for (const path of ["/", "/loop", "/deflate", "/deflate/context", "/chat"]) {
          const { reason: _, protocol, ...rest } = results[path] as Record<string, unknown>;
          assertEquals(rest, ended, path);
          assertEquals(protocol, path === "/" ? "chat" : "", path);
        }
        assertEquals(results["/greeting"], {
          messages: [`url ws://127.0.0.1:${server.port}/greeting`, "bytes 1,2,3"],
          code: 4000,
          reason: "grüße",
          wasClean: true,
          protocol: "",
        });
      });
    }
    await t.step("a refused handshake is answered, and is no error of the server's", async () => {
      const statusOf = async (...lines: string[]) => (await answerTo(server.port, lines)).split(" ")[1];
      const get = "GET / HTTP/1.1";
      assertEquals(await statusOf(get, ...OFFER), "101");
      assertEquals(await statusOf("POST / HTTP/1.1", "Content-Length: 0", ...OFFER), "405");
      assertEquals(await statusOf(get), "426");
      assertEquals(await statusOf(get, ...OFFER.slice(0, 1), ...OFFER.slice(2)), "400");
      assertEquals(await statusOf(get, "Origin: http://evil.test", ...OFFER), "403");
      const old = await answerTo(server.port, [get, ...OFFER.slice(0, 2), "Sec-WebSocket-Version: 8"]);
      assertMatch(old, /^HTTP\/1\.1 426 [^]*sec-websocket-version: 13\r\n/);
      assertMatch(old, /\r\nupgrade: websocket\r\n/);
    });
    await t.step("nothing else goes to standard error", async () => {
      await server.stop();
      const expected = /^\/[a-z/]* (?:3000 (?:done)? true|4000 (?:grüße)? true|1006 {2}false)$/;
      assertEquals(server.stderr.filter((line) => !expected.test(line)), []);
    });
  });
}
