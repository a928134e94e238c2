import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Address } from "../../src/net/socket.ts";
import type { Runtime } from "../support/runtimes.ts";
import { Client, EchoServer } from "./echo_client.ts";
import { type RegisterTest, suite } from "./echo_suite.ts";

const MIB = 1024 * 1024;
const LOCAL = { hostname: "127.0.0.1", port: 0 };
const TLS = { cert: pem("cert"), key: pem("key") };
const directory = Deno.makeTempDirSync({ prefix: "handoff" });

suite(behaviours);

Deno.test.afterAll(() => Deno.removeSync(directory, { recursive: true }));

/** What a listener does, whatever the runtime. */
function behaviours(test: RegisterTest, runtime: Runtime): void {
  // Deno gives a handshake up, but keeps its descriptor until the peer leaves: nothing in Deno's TLS can cut
  // it.
  const CUTS_HANDSHAKES = runtime.name !== "deno";
  const path = (name: string) => `${directory}/${runtime.name}-${name}.sock`;

  test("listen() takes a free port for port 0 and close() frees it at once", async (server) => {
    const { address } = await server.listen("first", LOCAL);
    assertEquals(address.hostname, "127.0.0.1");
    assert(address.port > 0);
    using client = await Client.over(await Deno.connect(address), "echo");
    await client.send("before");
    assertEquals(await client.read(6), "before");
    await server.control("first", "close");
    const again = await server.listen("again", address);
    assertEquals(again, { address });
    await server.control("again", "close");
    const { address: atOnce, error } = await server.reopen(address);
    assertEquals(error, undefined);
    assertEquals(atOnce, address);
    // Connections that were handed over live on.
    await client.send("after");
    await client.end();
    assertEquals(await client.text(), "after");
  });

  test("listen() serves every interface for an empty hostname", async (server) => {
    const { address } = await server.listen("all", { hostname: "", port: 0 });
    for (const hostname of ["127.0.0.1", ...(address.hostname === "::" ? ["::1"] : [])]) {
      using client = await Client.over(await Deno.connect({ hostname, port: address.port }), "echo");
      await client.send("x");
      assertEquals(await client.read(1), "x");
      const { remoteAddress } = await server.report(client);
      assertEquals((remoteAddress as { hostname: string }).hostname, hostname);
    }
    await server.control("all", "close");
  });

  test("listen() serves a Unix socket and close() removes it", async (server) => {
    const { address } = await server.listen("unix", { path: path("a") });
    assertEquals<unknown>(address, { path: path("a") });
    using client = await Client.over(await Deno.connect({ transport: "unix", path: path("a") }), "late");
    await client.end();
    assertEquals(await client.text(), "late");
    const { remoteAddress, error } = await server.report(client, "close");
    assertEquals(remoteAddress, { path: "" });
    assertEquals(error, undefined);
    await server.control("unix", "close");
    assertEquals(await exists(path("a")), false);
  });

  test("listen() rejects when the port is in use", async (server) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const { error } = await server.listen("x", { hostname: "127.0.0.1", port });
    assertEquals(error?.name, "ListenError");
    assertEquals(error?.code, "EADDRINUSE");
    assertEquals(error?.message, `Cannot listen on 127.0.0.1:${port}: address already in use`);
    assert(error?.cause !== "undefined");
  });

  test("listen() rejects a path that exists and leaves it alone", async (server) => {
    await Deno.writeTextFile(path("file"), "precious");
    for (const existing of [path("file"), directory]) {
      const { error } = await server.listen("x", { path: existing });
      assertEquals(error?.message, `Cannot listen on ${existing}: address already in use`);
      assertEquals(error?.code, "EADDRINUSE");
    }
    assertEquals(await Deno.readTextFile(path("file")), "precious");
  });

  test("listen() replaces a Unix socket on which nobody listens", async (server) => {
    // A socket that is closed without being unlinked, as that of a killed process is.
    await leaveSocket(path("stale"));
    const { address, error } = await server.listen("stale", { path: path("stale") });
    assertEquals(error, undefined);
    assertEquals<unknown>(address, { path: path("stale") });
    using client = await Client.over(await Deno.connect({ transport: "unix", path: path("stale") }), "echo");
    await client.send("x");
    assertEquals(await client.read(1), "x");
    const second = await server.listen("x", { path: path("stale") });
    assertEquals(second.error?.code, "EADDRINUSE");
    using other = await Client.over(await Deno.connect({ transport: "unix", path: path("stale") }), "echo");
    await other.send("y");
    assertEquals(await other.read(1), "y");
    await server.control("stale", "close");
    assertEquals([...Deno.readDirSync(directory)].filter(({ name }) => name.includes("stale")), []);
  });

  test("listen() sets the mode of a Unix socket", async (server) => {
    for (const mode of [0o600, 0o666, 0o777]) {
      const { address, error } = await server.listen("moded", { path: path("mode"), mode } as Address);
      assertEquals(error, undefined);
      assertEquals<unknown>(address, { path: path("mode") });
      assertEquals((await Deno.stat(path("mode"))).mode! & 0o777, mode);
      await server.control("moded", "close");
    }
  });

  test("listen() names what is wrong with the address", async (server) => {
    const long = `/tmp/${"x".repeat(200)}`;
    const cases = [
      [
        { hostname: "192.0.2.1", port: 8000 },
        "EADDRNOTAVAIL",
        "192.0.2.1:8000: address not available on this machine",
      ],
      [{ hostname: "nobody.invalid", port: 80 }, "ENOTFOUND", "nobody.invalid:80: host name has no address"],
      [{ hostname: "999.1.1.1", port: 80 }, "ENOTFOUND", "999.1.1.1:80: host name has no address"],
      [{ hostname: "12345::", port: 80 }, "ENOTFOUND", "[12345::]:80: host name has no address"],
      [
        { hostname: "fe80::1%nowhere", port: 80 },
        "EADDRNOTAVAIL",
        "[fe80::1%nowhere]:80: address not available on this machine",
      ],
      ...(Deno.build.os === "linux"
        ? [[{ path: "/proc/x" }, "ENOENT", "/proc/x: no such directory"] as const]
        : []),
      [{ path: "/nowhere/at/all" }, "ENOENT", "/nowhere/at/all: no such directory"],
      [{ path: "/nowhere/key/s" }, "ENOENT", "/nowhere/key/s: no such directory"],
      [{ hostname: "key.invalid", port: 80 }, "ENOTFOUND", "key.invalid:80: host name has no address"],
      [{ path: long }, "ENAMETOOLONG", `${long}: path too long for a Unix socket`],
    ] as const;
    for (const [address, code, words] of cases) {
      const { error } = await server.listen("x", address);
      assertEquals(error?.message, `Cannot listen on ${words}`);
      assertEquals(error?.code, code);
      if (code !== "ENOTFOUND") continue;
      const secured = await server.listen("x", address, { tls: TLS });
      assertEquals(secured.error?.message, `Cannot listen on ${words}`);
    }
  });

  test("listen() rejects a certificate or key that cannot be used", async (server) => {
    const bad = [{ cert: "x", key: "y" }, { cert: TLS.cert, key: TLS.cert }, {
      cert: TLS.cert,
      key: pem("other_key"),
    }];
    for (const tls of bad) {
      const { error } = await server.listen("x", LOCAL, { tls });
      assertEquals(error?.code, "ERR_TLS_CREDENTIALS", JSON.stringify(error));
      assertMatch(
        error?.message ?? "",
        /^Cannot listen on 127\.0\.0\.1:0: certificate or key cannot be used$/,
      );
    }
  });

  if (Deno.build.os === "linux") {
    test("listen() shares a port for reusePort", async (server) => {
      const { address } = await server.listen("shared1", LOCAL, { reusePort: true });
      const second = await server.listen("shared2", address, { reusePort: true });
      assertEquals(second, { address });
      for (let i = 0; i < 20; i++) {
        using client = await Client.over(await Deno.connect(address), "echo");
        await client.send(`${i}`);
        await client.end();
        assertEquals(await client.text(), `${i}`);
      }
      const { error } = await server.listen("x", address);
      assertEquals(error?.code, "EADDRINUSE");
      await server.control("shared1", "close");
      using client = await Client.over(await Deno.connect(address), "echo");
      await client.end();
      assertEquals(await client.text(), "");
      await server.control("shared2", "close");
      await assertRejects(() => Deno.connect(address));
    });
  }

  test("Listener.pause() lets connections wait until resume()", async (server) => {
    const { address } = await server.listen("pausing", LOCAL);
    await server.control("pausing", "pause");
    using first = await Client.over(await Deno.connect(address), "echo");
    using second = await Client.over(await Deno.connect(address), "echo");
    using gone = await Client.over(await Deno.connect(address), "echo");
    await first.send("1");
    await second.send("2");
    gone.conn.close();
    await sleep(100);
    await assertRejects(() => server.report(first, "", 0));
    await server.control("pausing", "resume");
    assertEquals(await first.read(1), "1");
    assertEquals(await second.read(1), "2");
    await server.control("pausing", "close");
  });

  // On Deno they wait in the kernel.
  if (runtime.name !== "deno") {
    for (const options of [{}, { tls: TLS }]) {
      const over = "tls" in options ? ", TLS handshakes included" : "";
      test(`Listener.pause() lets 512 connections wait and closes further ones${over}`, async (server) => {
        const { address } = await server.listen("full", LOCAL, options);
        await server.control("full", "pause");
        const conns: Deno.Conn[] = [];
        for (let i = 0; i < 520; i++) conns.push(await Deno.connect(address));
        const ends = conns.slice(512).map((conn) => new Client(conn, "").text().catch(() => ""));
        assertEquals(await Promise.race([Promise.all(ends), sleep(2000)]), Array(8).fill(""));
        await server.control("full", "resume");
        await sleep(50);
        assertEquals(await server.accepted("full"), "tls" in options ? 0 : 512);
        for (const conn of conns) conn.close();
        await server.control("full", "close");
      });
    }
  }

  test("Listener.close() closes the connections that wait", async (server) => {
    const { address } = await server.listen("closing", LOCAL);
    await server.control("closing", "pause");
    using client = await Client.over(await Deno.connect(address), "echo");
    using other = await Client.over(await Deno.connect(address), "echo");
    await sleep(50);
    await server.control("closing", "close");
    assertEquals(await client.text().catch(() => ""), "");
    assertEquals(await other.text().catch(() => ""), "");
    await assertRejects(() => server.report(client, "", 0));
  });

  for (const options of [{}, { tls: TLS }, ...(Deno.build.os === "linux" ? [{ reusePort: true }] : [])]) {
    const how = Object.keys(options)[0] ?? "";
    test(`Listener.close() hands over the connections in the kernel's queue first ${how}`, async (server) => {
      const { address } = await server.listen("queue", LOCAL, options);
      // Whatever is to be loaded and compiled for a first connection is there.
      using first = await Client.over(await connectBy(address, options), "echo");
      await first.send("x");
      assertEquals(await first.read(1), "x");
      const closed = server.control("queue", "stall 700");
      await sleep(250);
      const conns = await Promise.all(Array.from({ length: 30 }, () => Deno.connect(address)));
      const clients = await Promise.all(conns.map(async (conn, i) => {
        const secured = "tls" in options
          ? await Deno.startTls(conn, { hostname: "localhost", caCerts: [TLS.cert] })
          : conn;
        const client = await Client.over(secured, "echo");
        await client.send(`number ${i}`);
        return client;
      }));
      await closed;
      await assertRejects(() => Deno.connect(address), Deno.errors.ConnectionRefused);
      for (const [i, client] of clients.entries()) {
        assertEquals(await client.read(`number ${i}`.length), `number ${i}`);
        client[Symbol.dispose]();
      }
      assertEquals(await server.accepted("queue"), 31);
    });
  }

  test("Listener.close() hands over the connections in the queue of a Unix socket first", async (server) => {
    await server.listen("queue", { path: path("queue") });
    const closed = server.control("queue", "stall 600");
    await sleep(250);
    const clients: Client[] = [];
    for (let i = 0; i < 10; i++) {
      clients.push(
        await Client.over(await Deno.connect({ transport: "unix", path: path("queue") }), "echo"),
      );
    }
    await Promise.all(clients.map((client, i) => client.send(`number ${i}`)));
    await closed;
    for (const [i, client] of clients.entries()) {
      assertEquals(await client.read(8), `number ${i}`);
      client[Symbol.dispose]();
    }
  });

  test("Listener.close() is prompt while clients keep on connecting", async (server) => {
    const { address } = await server.listen("flooded", LOCAL);
    let flooding = true;
    const flood = Promise.all(Array.from({ length: 4 }, async () => {
      while (flooding) {
        try {
          (await Deno.connect(address)).close();
        } catch {
          return;
        }
      }
    }));
    await sleep(50);
    const start = performance.now();
    await server.control("flooded", "close");
    const took = performance.now() - start;
    flooding = false;
    await flood;
    assert(took < 2000, `close() took ${took} ms`);
  });

  test("Listener.close() gives TLS handshakes half a second", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    using stalled = await Deno.connect(address);
    using late = await Deno.connect(address);
    await sleep(50);
    const start = performance.now();
    const closed = server.control("tls", "close");
    await sleep(150);
    const secured = await Deno.startTls(late, { hostname: "localhost", caCerts: [TLS.cert] });
    const client = await Client.over(secured, "echo");
    await client.send("x");
    assertEquals(await client.read(1), "x");
    await closed;
    const took = performance.now() - start;
    assert(took > 400 && took < 2000, `close() took ${took} ms`);
    if (CUTS_HANDSHAKES) assertEquals(await new Client(stalled, "").text().catch(() => ""), "");
    client[Symbol.dispose]();
  });

  test("Listener.abort() closes what waits, and frees the address at once", async (server) => {
    const { address } = await server.listen("aborted", LOCAL);
    await server.control("aborted", "pause");
    using client = await Client.over(await Deno.connect(address), "echo");
    await sleep(50);
    await server.control("aborted", "abort");
    assertEquals(await client.text().catch(() => ""), "");
    await assertRejects(() => Deno.connect(address), Deno.errors.ConnectionRefused);
  });

  test("Socket speaks TLS", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    using client = await Client.over(await connectTls(address), "echo");
    const sent = new Uint8Array(8 * MIB).map((_, i) => i % 251);
    const [received] = await Promise.all([client.readAll(), client.send(sent).then(() => client.end())]);
    assertEquals(received.length, sent.length);
    assert(received.every((byte, i) => byte === sent[i]), "the bytes differ");
    const { taken, error } = await server.report(client, "close");
    assertEquals(taken, sent.length);
    assertEquals(error, undefined);
    await server.control("tls", "close");
  });

  test("Socket.end() lets the peer go on sending over TLS", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    using client = await Client.over(await connectTls(address), "bye");
    assertEquals(await client.text(), "bye");
    await client.send("more");
    await client.end();
    const { events, received, error } = await server.report(client, "close");
    assertEquals(events, ["data", "end", "close"]);
    assertEquals(received, 4);
    assertEquals(error, undefined);
    await server.control("tls", "close");
  });

  test("Socket.onEnd() leaves our half open over TLS", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    using client = await Client.over(await connectTls(address), "late");
    await client.end();
    assertEquals(await client.text(), "late");
    const { events } = await server.report(client, "close");
    assertEquals(events, ["end", "close"]);
    await server.control("tls", "close");
  });

  test("Socket.reset() closes where there is no reset, over TLS and Unix sockets", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    await server.listen("unix", { path: path("reset") });
    for (
      const conn of [
        await connectTls(address),
        await Deno.connect({ transport: "unix", path: path("reset") }),
      ]
    ) {
      using client = await Client.over(conn, "reset");
      await client.text().catch(() => {});
      const { events, error } = await server.report(client, "close");
      assertEquals(events, ["close"]);
      assertEquals(error, undefined);
    }
    await server.control("tls", "close");
    await server.control("unix", "close");
  });

  test("Socket.flush() holds back over TLS, and Socket.unsent goes down as the peer reads", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    using client = await Client.over(await connectTls(address), "send", 32 * MIB);
    let last = (await server.report(client, "held back")).taken;
    assert(last < 32 * MIB);
    let grown = 0;
    for (let i = 0; i < 8; i++) {
      await client.read(MIB);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { taken } = await server.report(client);
      assert(taken >= (i + 1) * MIB, `${taken} bytes taken, ${i + 1} MiB read`);
      if (taken > last) grown++;
      last = taken;
    }
    assert(grown >= 3, `more was taken ${grown} times of 8`);
    assertEquals((await client.readAll()).length, 24 * MIB);
    await client.end();
    const report = await server.report(client, "close");
    assertEquals(report.events, ["held back", "drain", "end", "close"]);
    assertEquals(report.taken, 32 * MIB);
    await server.control("tls", "close");
  });

  test("Listener survives bad TLS handshakes and cuts slow ones", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS, handshakeTimeout: 200 });
    for (const bytes of ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "\x16\x03\x01\x00\x05hello", ""]) {
      using conn = await Deno.connect(address);
      await conn.write(new TextEncoder().encode(bytes));
      conn.closeWrite();
      await new Client(conn, "").text().catch(() => {});
    }
    const left = await Deno.connect(address);
    left.close();
    const start = performance.now();
    using slow = await Deno.connect(address);
    await slow.write(new Uint8Array([0x16, 0x03]));
    if (CUTS_HANDSHAKES) {
      await new Client(slow, "").text().catch(() => {});
      const waited = performance.now() - start;
      assert(waited > 150 && waited < 2000, `${waited} ms`);
    }
    using client = await Client.over(await connectTls(address), "echo");
    await sleep(250); // the timeout is for the handshake alone
    await client.send("still here");
    assertEquals(await client.read(10), "still here");
    assertEquals(await server.accepted("tls"), 1);
    await server.control("tls", "close");
  });

  for (const handshakeTimeout of [Infinity, 2 ** 31]) {
    test(`Listener limits no TLS handshake for a timeout of ${handshakeTimeout} ms`, async (server) => {
      const { address } = await server.listen("tls", LOCAL, { tls: TLS, handshakeTimeout });
      const conn = await Deno.connect(address);
      await sleep(50);
      const secured = await Deno.startTls(conn, { hostname: "localhost", caCerts: [TLS.cert] });
      using client = await Client.over(secured, "echo");
      await client.send("x");
      assertEquals(await client.read(1), "x");
      await server.control("tls", "close");
    });
  }

  test("Listener.close() ends TLS handshakes", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS, handshakeTimeout: 150 });
    using slow = await Deno.connect(address);
    await sleep(20);
    await server.control("tls", "close");
    if (CUTS_HANDSHAKES) await new Client(slow, "").text().catch(() => {});
  });

  test("Listener.pause() lets TLS connections wait", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    await server.control("tls", "pause");
    const connecting = connectTls(address).then((conn) => Client.over(conn, "echo"));
    await sleep(50);
    await server.control("tls", "resume");
    using client = await connecting;
    await client.send("x");
    assertEquals(await client.read(1), "x");
    await server.control("tls", "close");
  });

  if (Deno.build.os === "linux") {
    for (const options of [{}, { reusePort: true }]) {
      const how = Object.keys(options)[0] ?? "alone";
      test(`Listener goes on accepting after it ran out of file descriptors, ${how}`, async () => {
        const command = ["sh", "-c", 'ulimit -n 80 && exec "$@"', "sh", ...runtime.command];
        await using server = await EchoServer.start({ name: runtime.name, command }, options);
        const clients: Client[] = [];
        for (let i = 0; i < 100; i++) clients.push(await server.connect("echo"));
        await sleep(1500); // Bun, Node, and Deno's node:net look for a shortage once a second
        const before = server.cpuTime();
        await sleep(1500);
        const used = server.cpuTime() - before;
        assert(used < 500, `${used} ms of CPU time in 1500 ms`);
        const answers = clients.map(async (client) => {
          try {
            await client.send("x");
            return await client.read(1) === "x" ? "served" : "closed";
          } catch {
            return "closed";
          }
        });
        const outcomes = await Promise.all(answers.map((answer) => Promise.race([answer, sleep(500)])));
        const count = (wanted: unknown) => outcomes.filter((outcome) => outcome === wanted).length;
        assert(count("served") > 20 && count("served") < 100, `${count("served")} served`);
        if (!runtime.name.startsWith("node")) assertEquals(count("closed"), 0);
        for (const client of clients) client[Symbol.dispose]();
        await sleep(500);
        using client = await server.connect("echo");
        await client.send("again");
        assertEquals(await Promise.race([client.read(5), sleep(2000)]), "again");
        const { acceptErrors } = await server.violations();
        assertEquals(acceptErrors, ["AcceptError: Cannot accept connections: too many open files"]);
        assertEquals(server.stderr, []);
      });
    }
  }

  test("SocketHandler is never re-entered, nor called after onClose", async (server) => {
    assertEquals(await server.violations(), { violations: [], acceptErrors: [] });
    assertEquals(server.stderr, []);
  });
}

function pem(name: string): string {
  return Deno.readTextFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
}

async function connectTls({ port }: { port: number }): Promise<Deno.TlsConn> {
  const conn = await Deno.connectTls({ hostname: "localhost", port, caCerts: [TLS.cert] });
  await conn.handshake();
  return conn;
}

async function connectBy(address: { port: number }, options: object): Promise<Deno.Conn> {
  return "tls" in options ? await connectTls(address) : await Deno.connect(address);
}

/** Makes the file of a Unix socket on which nobody listens. */
async function leaveSocket(path: string): Promise<void> {
  const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => {
    process.kill(process.pid, "SIGKILL");
  });`;
  await new Deno.Command("node", { args: ["-e", program] }).output();
  assert((await Deno.lstat(path)).isSocket);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
