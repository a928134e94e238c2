import { assert, assertEquals, assertRejects } from "@std/assert";
import type { TcpAddress } from "../../src/net/socket.ts";
import { resolveOptions } from "../../src/server/options.ts";
import { FallbackListener } from "../../src/threads/pool/fallback_listener.ts";
import { head, RawClient } from "../behaviour/raw_client.ts";
import { testUnless } from "../support/skip.ts";

const notLinux = Deno.build.os !== "linux" && "ports are shared on Linux alone";

/** A stand-in for threads of which none is there, and what it reports. */
function fallbackAt(
  address: TcpAddress,
): { readonly fallback: FallbackListener; readonly errors: unknown[] } {
  const errors: unknown[] = [];
  const settings = resolveOptions({ onError: (error) => void errors.push(error) }, () => {});
  const plan = { settings, secure: false, leastBusy: () => null, hooked: () => null };
  return { fallback: new FallbackListener(address, {}, plan), errors };
}

/** An address that is free now. */
function freeAddress(): TcpAddress {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return { hostname: "127.0.0.1", port: listener.addr.port };
}

/** Connects as soon as something listens, within 5 s. */
async function connect({ port }: TcpAddress): Promise<RawClient> {
  for (const deadline = performance.now() + 5000;;) {
    try {
      return await RawClient.connect(port);
    } catch (error) {
      if (performance.now() > deadline) throw new Error("Nothing listened within 5 s", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

testUnless(
  notLinux,
  "FallbackListener listens while no thread is there, and serves those who wait once one is back",
  async () => {
    const address = freeAddress();
    const { fallback, errors } = fallbackAt(address);
    await assertRejects(() => RawClient.connect(address.port), Deno.errors.ConnectionRefused);
    fallback.nobodyIsThere();
    using client = await connect(address);
    await client.send(head("GET /"));
    const answer = client.readResponse();
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50))]);
    assertEquals(early, undefined, "a request waits for a thread");
    await fallback.threadIsThere();
    // This test has no threads: where one would answer, the dispatching service does.
    assertEquals((await answer).status, 503);
    assert((fallback.statistics?.snapshot().acceptedConnections ?? 0) >= 1);
    await fallback.drain();
    await assertRejects(() => RawClient.connect(address.port), Deno.errors.ConnectionRefused);
    assertEquals(errors, []);
  },
);

testUnless(
  notLinux,
  "FallbackListener reports that it cannot listen, and does not listen once it drains",
  async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { fallback, errors } = fallbackAt({ hostname: "127.0.0.1", port: taken.addr.port });
    fallback.nobodyIsThere();
    await fallback.drain();
    assertEquals(errors.map((error) => (error as { code: string }).code), ["EADDRINUSE"]);

    const address = freeAddress();
    const { fallback: closed } = fallbackAt(address);
    await closed.drain();
    closed.nobodyIsThere();
    await closed.threadIsThere();
    await assertRejects(() => RawClient.connect(address.port), Deno.errors.ConnectionRefused);
  },
);
