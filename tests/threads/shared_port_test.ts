import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createServer, type Server } from "node:net";
import { ListenError } from "../../src/net/errors.ts";
import type { Address, TcpAddress } from "../../src/net/socket.ts";
import { resolveOptions } from "../../src/server/options.ts";
import type { AcceptorPlan } from "../../src/threads/pool/acceptor.ts";
import { countListeners } from "../../src/threads/pool/port_listeners.ts";
import { SharedPort } from "../../src/threads/pool/shared_port.ts";
import type { Thread } from "../../src/threads/pool/thread.ts";
import { testUnless } from "../support/skip.ts";

const notLinux = Deno.build.os !== "linux" && "ports are shared on Linux alone";

/** Listening sockets of this process, closed when the test ends. */
class Sockets implements Disposable {
  readonly #servers: Server[] = [];

  /** Listens, together with others if wanted. The port. */
  listen(hostname: string, port = 0, reusePort = false): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      this.#servers.push(server);
      server.on(
        "error",
        (error) => reject(new ListenError({ hostname, port }, (error as Error & { code: string }).code)),
      );
      server.listen(
        { host: hostname, port, reusePort },
        () => resolve((server.address() as { port: number }).port),
      );
    });
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
  }
}

/** Threads that listen by sockets of this process, and what else happens when the first of them does. */
function threadsOf(
  sockets: Sockets,
  meanwhile: (address: TcpAddress) => Promise<unknown>,
): readonly Thread[] {
  return [0, 1].map((number) => {
    const thread = {
      isListening: false,
      listen: async (address: TcpAddress) => {
        await sockets.listen(address.hostname, address.port, true);
        if (number === 0) await meanwhile(address);
        thread.isListening = true;
      },
      fail: (error: unknown) => {
        throw error;
      },
    };
    return thread as unknown as Thread;
  });
}

function planFor(address: Address): AcceptorPlan {
  return {
    way: "reusePort",
    address,
    listener: null,
    listenOptions: {},
    settings: resolveOptions({}, () => {}),
    secure: false,
    leastBusy: () => null,
    hooked: () => null,
  };
}

function sharedPort(port: number, threads: readonly Thread[]): SharedPort {
  return new SharedPort(planFor({ hostname: "127.0.0.1", port }), "127.0.0.1", () => threads);
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  using sockets = new Sockets();
  return await sockets.listen("127.0.0.1");
}

testUnless(
  notLinux,
  "countListeners() counts the sockets that listen on an address or on every interface",
  async () => {
    using sockets = new Sockets();
    const port = await sockets.listen("127.0.0.1", 0, true);
    const count = (hostname: string) => countListeners({ hostname, port });
    assertEquals(await count("127.0.0.1"), 1);
    await sockets.listen("127.0.0.1", port, true);
    await sockets.listen("127.0.0.2", port);
    assertEquals([await count("127.0.0.1"), await count("127.0.0.2"), await count("127.0.0.3")], [2, 1, 0]);
    assertEquals([await count("0.0.0.0"), await count("::")], [3, 3]);
    await sockets.listen("::1", port);
    assertEquals([await count("::1"), await count("0:0:0:0:0:0:0:1"), await count("127.0.0.1")], [1, 1, 2]);
    // A connection is no listener.
    using _client = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await count("127.0.0.1"), 2);
    assertEquals(await count("localhost"), null);
  },
);

testUnless(notLinux, "SharedPort.start() has every thread listen on the same port", async () => {
  using sockets = new Sockets();
  for (const port of [0, await freePort()]) {
    const acceptor = sharedPort(port, threadsOf(sockets, () => Promise.resolve()));
    await acceptor.start();
    const address = acceptor.address as TcpAddress;
    if (port !== 0) assertEquals(address.port, port);
    assertEquals(await countListeners(address), 2);
  }
});

testUnless(notLinux, "SharedPort.start() rejects where somebody else shares the port before", async () => {
  using sockets = new Sockets();
  const port = await sockets.listen("127.0.0.1", 0, true);
  let began = false;
  const threads = threadsOf(sockets, () => Promise.resolve(began = true));
  const { code } = await assertRejects(() => sharedPort(port, threads).start(), ListenError);
  assertEquals([code, began], ["EADDRINUSE", false]);
});

testUnless(
  notLinux,
  "SharedPort.start() rejects where somebody else joins the port while the threads begin to listen",
  async () => {
    using sockets = new Sockets();
    const threads = threadsOf(sockets, ({ hostname, port }) => sockets.listen(hostname, port, true));
    const port = await freePort();
    const { code } = await assertRejects(() => sharedPort(port, threads).start(), ListenError);
    assertEquals(code, "EADDRINUSE");
  },
);

testUnless(
  notLinux,
  "SharedPort.start() takes another free port where somebody else has taken the first",
  async () => {
    using sockets = new Sockets();
    const ports: number[] = [];
    const threads = threadsOf(sockets, async ({ hostname, port }) => {
      ports.push(port);
      if (ports.length === 1) await sockets.listen(hostname, port, true);
    });
    const acceptor = sharedPort(0, threads);
    await acceptor.start();
    assertEquals(ports.length, 2);
    assertNotEquals(ports[0], ports[1]);
    assertEquals((acceptor.address as TcpAddress).port, ports[1]);
  },
);

testUnless(
  notLinux,
  "SharedPort.start() leaves a listener of the same port on another address alone",
  async () => {
    using sockets = new Sockets();
    const port = await sockets.listen("127.0.0.2");
    await sharedPort(port, threadsOf(sockets, () => Promise.resolve())).start();
    assert(await countListeners({ hostname: "127.0.0.2", port }) === 1);
  },
);
