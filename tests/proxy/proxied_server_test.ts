import { assertEquals, assertMatch } from "@std/assert";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { testUsing } from "../support/skip.ts";
import { HEADERS } from "./proxy_headers.ts";
import { Balancer } from "./balancer.ts";

const SERVER = new URL("./proxied_server.ts", import.meta.url);
const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** How HAProxy sends the header. */
const WAYS = ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options ssl,crc32c,unique-id,authority"];

function configuration(port: number, server: number, way: string): string {
  return `
    defaults
      mode http
      timeout connect 5s
      timeout client 5s
      timeout server 5s
    frontend clients
      bind 127.0.0.1:${port}
      unique-id-format %rt
      default_backend servers
    backend servers
      server one 127.0.0.1:${server} ${way}
`;
}

function start(runtime: ReturnType<typeof runtimes>[number], ...trusted: string[]): Promise<Fixture> {
  return startFixture(runtime, SERVER, [JSON.stringify(trusted)]);
}

/**
 * Sends pieces, each in a packet of its own, and reads to the end; empty where the server breaks the
 * connection off.
 */
async function exchange(port: number, ...pieces: (string | Uint8Array)[]): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  try {
    for (const piece of pieces) {
      await conn.write(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return await new Response(conn.readable).text();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) return "";
    throw error;
  }
}

for (const runtime of runtimes()) {
  Deno.test(`A server behind the PROXY protocol sees the client of the header (${runtime.name})`, async () => {
    await using server = await start(runtime, "127.0.0.1");
    for (const { name, bytes, source } of HEADERS) {
      const whole = await exchange(
        server.port,
        new Uint8Array([...bytes, ...new TextEncoder().encode(REQUEST)]),
      );
      const split = await exchange(server.port, bytes.subarray(0, 7), bytes.subarray(7), REQUEST);
      for (const answer of [whole, split]) {
        const address = JSON.parse(answer.split("\r\n\r\n")[1]!.split(" ")[0]!) as { hostname?: string };
        if (source === null) assertEquals(address.hostname, "127.0.0.1", name);
        else assertEquals<unknown>(address, source, name);
      }
    }
    assertEquals(server.stderr, []);
  });

  Deno.test(`A server behind the PROXY protocol closes what has no header, or none in time (${runtime.name})`, async () => {
    await using server = await start(runtime, "127.0.0.1");
    assertEquals(await exchange(server.port, REQUEST), "");
    assertEquals(await exchange(server.port, "PROXY TCP4 nobody\r\n", REQUEST), "");
    assertEquals(await exchange(server.port, "PROXY TC"), "", "closed by the timeout");
    await using distrustful = await start(runtime, "192.0.2.0/24");
    assertEquals(await exchange(distrustful.port, `PROXY UNKNOWN\r\n${REQUEST}`), "");
    assertMatch(await exchange(distrustful.port, REQUEST), /^HTTP\/1\.1 200 [^]*127\.0\.0\.1/);
    assertEquals([...server.stderr, ...distrustful.stderr], []);
  });

  testUsing(["haproxy", "curl"], `A server sees the clients of HAProxy (${runtime.name})`, async () => {
    await using server = await start(runtime, "127.0.0.1");
    const content = await Deno.makeTempFile({ prefix: "handoff" });
    await Deno.writeTextFile(content, "x".repeat(1_000_000));
    for (const way of WAYS) {
      await using haproxy = await Balancer.start("haproxy", (port) => configuration(port, server.port, way));
      // A client of another address than the proxy's, and content that does not come together with the
      // header.
      const { stdout } = await new Deno.Command("curl", {
        args: [
          ...["-s", "-m10", "--interface", "127.0.0.77", "--data-binary", `@${content}`],
          `http://127.0.0.1:${haproxy.port}/`,
        ],
      }).output();
      assertMatch(
        new TextDecoder().decode(stdout),
        /^\{"hostname":"127\.0\.0\.77","port":\d+\} 1000000\n$/,
        way,
      );
    }
    await Deno.remove(content);
  });
}
