import { assert, assertEquals } from "@std/assert";
import type { Runtime } from "../support/runtimes.ts";
import { type RegisterTest, suite } from "./echo_suite.ts";
import { OpensslClient } from "./openssl.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };
const TLS = { cert: pem("cert"), key: pem("key") };

suite(behaviours, ["openssl"]);

/** What TLS does over the listeners of `src/net`, seen by OpenSSL. */
function behaviours(test: RegisterTest, runtime: Runtime): void {
  test("Listener refuses a TLS renegotiation and closes", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    await using client = new OpensslClient(address.port, ["-tls1_2", "-legacy_renegotiation"]);
    await client.type("echo renegotiating");
    await client.type("before");
    await client.until(/^before$/m);
    await client.type("R");
    await client.until(/no renegotiation/);
    const { error } = await server.report({ name: "renegotiating" }, "close");
    assert(error !== undefined, "the connection ended in order");
    await server.control("tls", "close");
  });

  const shares = runtime.name === "bun" ? "not resumed" : "resumed";
  test(`TLS sessions are ${shares} by another listener with the same ticket keys`, async (server) => {
    const tls = { ...TLS, ticketKeys: crypto.getRandomValues(new Uint8Array(48)) };
    const { address } = await server.listen("tickets0", LOCAL, { tls, reusePort: true });
    for (let i = 1; i < 6; i++) await server.listen(`tickets${i}`, address, { tls, reusePort: true });
    const text = await new OpensslClient(address.port, ["-tls1_2", "-reconnect"]).end();
    const [first, ...others] = Array.from(text.matchAll(/^(New|Reused), TLS/mg), ([, how]) => how);
    assertEquals([first, others.length], ["New", 5]);
    // The kernel chooses the listener: for all to be the first one, where only that resumes, is one case in 7776.
    const all = others.every((how) => how === "Reused");
    assertEquals(all, shares === "resumed", others.join(" "));
    for (let i = 0; i < 6; i++) await server.control(`tickets${i}`, "close");
  });
}

function pem(name: string): string {
  return Deno.readTextFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
}
