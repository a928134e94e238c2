import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Runtime } from "../support/runtimes.ts";
import { type RegisterTest, suite } from "./echo_suite.ts";

const MIB = 1024 * 1024;
const PATTERN = repeat(Uint8Array.from({ length: 251 }, (_, i) => i), 64 * MIB);

const CHANGED_BYTES = "Cannot send bytes: they were detached (transferred) or resized before they were sent";

suite(behaviours);

/** What a socket does, whatever the runtime. */
function behaviours(test: RegisterTest, runtime: Runtime): void {
  test("Socket gives back 64 MiB unchanged", async (server) => {
    using client = await server.connect("echo");
    const sent = pattern(64 * MIB);
    const [received] = await Promise.all([client.readAll(), client.send(sent).then(() => client.end())]);
    assertEquals(received.length, sent.length);
    assert(same(received, sent), "the bytes differ");
    const report = await server.report(client, "close");
    assertEquals(report.taken, sent.length);
    assertEquals(report.received, sent.length);
    assertEquals(report.error, undefined);
  });

  test("Socket.flush() holds back while the peer does not read", async (server) => {
    using client = await server.connect("echo");
    const before = server.memory();
    const sent = pattern(32 * MIB);
    let stillSending = true;
    const sending = client.send(sent).then(() => client.end()).then(() => void (stillSending = false));
    await sleep(300);
    assert(stillSending, "the server took all that was sent to it");
    const stuck = await server.report(client, "held back");
    assert(server.memory() - before < 24 * MIB, `${(server.memory() - before) / MIB} MiB`);
    assert(stuck.taken < 16 * MIB, `${stuck.taken} bytes taken of what is sent to a peer that does not read`);
    assertEquals(stuck.events.filter((event) => event === "drain").length, countHeldBack(stuck.events) - 1);
    const [received] = await Promise.all([client.readAll(), sending]);
    assert(same(received, sent), "the bytes differ");
    const { events } = await server.report(client, "close");
    assertEquals(events.filter((event) => event === "drain").length, countHeldBack(events));
  });

  test("Socket.unsent goes down while a slow peer reads", async (server) => {
    using client = await server.connect("send", 16 * MIB);
    await sleep(100);
    let last = (await server.report(client, "held back")).taken;
    assert(last < 16 * MIB);
    let grown = 0;
    for (let i = 0; i < 8; i++) {
      await client.read(MIB);
      await sleep(20);
      const { taken } = await server.report(client);
      assert(taken >= (i + 1) * MIB, `${taken} bytes taken, ${i + 1} MiB read`);
      if (taken > last) grown++;
      last = taken;
    }
    assert(grown >= 3, `more was taken ${grown} times of 8`);
    assertEquals((await client.readAll()).length, 8 * MIB);
    await client.end();
    const { taken, events } = await server.report(client, "close");
    assertEquals(taken, 16 * MIB);
    assertEquals(events, ["held back", "drain", "end", "close"]);
  });

  test("Socket.write() keeps the order of text and bytes", async (server) => {
    using client = await server.connect("text", 3000);
    let expected = "";
    for (let i = 0; i < 3000; i++) expected += `head ${i}\r\nbody;bytes ${i};tail\n`;
    assertEquals(await client.text(), expected);
  });

  test("Socket.write() sends text of 20 MiB", async (server) => {
    using client = await server.connect("long", 20 * MIB);
    assert(same(await client.readAll(), repeat(new TextEncoder().encode("x"), 20 * MIB)));
    assertEquals((await server.report(client)).taken, 20 * MIB);
  });

  test("Socket.write() leaves small bytes to their owner at once, large ones when sent", async (server) => {
    for (const [size, times] of [[1000, 200], [65_535, 50], [65_536, 50], [300_000, 20]] as const) {
      using client = await server.connect("reuse", `${size} ${times}`);
      await sleep(20);
      const received = await client.readAll();
      assertEquals(received.length, size * times);
      for (let i = 0; i < times; i++) {
        assert(
          received.subarray(i * size, (i + 1) * size).every((byte) => byte === i),
          `${size} bytes, piece ${i}`,
        );
      }
    }
  });

  for (const how of ["200000 end", "200000 flush"]) {
    test(`Socket sends nothing in place of bytes that were given away before: ${how}`, async (server) => {
      using client = await server.connect("detach", how);
      assertEquals(await client.text().catch(() => ""), "");
      const { events, error } = await server.report(client, "close");
      assertEquals(events.filter((event) => event !== "held back"), ["close"]);
      assertEquals(error?.message, CHANGED_BYTES);
    });
  }

  test("Socket breaks off where bytes are given away while they are sent", async (server) => {
    using client = await server.connect("detachLater", 32 * MIB);
    await server.report(client, "held back");
    await sleep(150);
    const received = await client.readAll().catch(() => new Uint8Array(0));
    assert(received.length < 32 * MIB);
    assert(same(received, pattern(received.length)), "other bytes were sent");
    const { events, error } = await server.report(client, "close");
    assertEquals(events, ["held back", "close"]);
    assertEquals(error?.message, CHANGED_BYTES);
  });

  test("SocketHandler.onData() gets nothing else in the buffer of a chunk that owns it", async (server) => {
    // The last leaves room behind a chunk that is most of its buffer, on Deno.
    for (const size of [5000, 8192, 45_000]) {
      using client = await server.connect("echo");
      await server.report(client);
      await client.send(pattern(size));
      await client.read(size);
      await client.send(pattern(100));
      await client.end();
      assert(same(await client.readAll(), pattern(100)));
    }
    assertEquals((await server.violations()).violations, []);
  });

  test("Socket.end() lets the peer go on sending", async (server) => {
    using client = await server.connect("bye");
    assertEquals(await client.text(), "bye");
    await client.send("more");
    await client.end();
    const { events, received, error } = await server.report(client, "close");
    assertEquals(events, ["data", "end", "close"]);
    assertEquals(received, 4);
    assertEquals(error, undefined);
  });

  test("Socket.end() sends everything before the end", async (server) => {
    using client = await server.connect("send", 8 * MIB);
    await sleep(50);
    assert(same(await client.readAll(), pattern(8 * MIB)));
  });

  test("Socket.onEnd() leaves our half open", async (server) => {
    using client = await server.connect("late");
    await client.end();
    assertEquals(await client.text(), "late");
    const { events, error } = await server.report(client, "close");
    assertEquals(events, ["end", "close"]);
    assertEquals(error, undefined);
  });

  test("Socket.onClose() has the error when the peer resets", async (server) => {
    const { events, error } = await server.report(await server.reset("echo", "", "data"), "close");
    assertEquals(events, ["data", "close"]);
    assertEquals(error?.code, "ECONNRESET");
  });

  test("Socket.onClose() has the error when the peer resets during a write", async (server) => {
    const { events, error } = await server.report(await server.reset("send", 32 * MIB, "held back"), "close");
    assertEquals(events.filter((event) => event !== "data"), ["held back", "close"]);
    assert(/ECONNRESET|EPIPE/.test(String(error?.code)), JSON.stringify(error));
  });

  test("Socket.onClose() comes to an owner that writes without a pause", async (server) => {
    const client = await server.connect("flood");
    await client.read(MIB);
    client.conn.close();
    const { error } = await server.report(client, "close");
    assert(/ECONNRESET|EPIPE/.test(String(error?.code)), JSON.stringify(error));
  });

  test("Socket.onClose() comes after a write to a peer that has left", async (server) => {
    const client = await server.connect("late");
    client.conn.close();
    const { events } = await server.report(client, "close");
    assertEquals(events, ["end", "close"]);
  });

  test("Socket.destroy() closes at once and calls onClose once", async (server) => {
    using client = await server.connect("destroy", 32 * MIB);
    const received = await client.readAll().catch(() => new Uint8Array(0));
    assert(received.length < 32 * MIB);
    const { events, error } = await server.report(client, "close");
    assertEquals(events, ["close"]);
    assertEquals(error, undefined);
    await assertRejects(async () => {
      for (let i = 0; i < 100; i++) {
        await client.send("x");
        await sleep(1);
      }
    });
  });

  // Deno cannot send a reset.
  const resets = runtime.name !== "deno";
  test(`Socket.reset() ${resets ? "resets" : "closes"} the connection`, async (server) => {
    using client = await server.connect("reset");
    const { events, error } = await server.report(client, "close");
    assertEquals(events, ["close"]);
    assertEquals(error, undefined);
    if (resets) await assertRejects(() => client.readAll(), Deno.errors.ConnectionReset);
    else assertEquals(await client.text(), "");
  });

  test("Socket.pause() stops the peer and resume() goes on", async (server) => {
    using client = await server.connect("pause");
    assertEquals(await client.read(7), "pausing");
    let sending = true;
    const sent = client.send(new Uint8Array(32 * MIB)).then(() => client.end()).then(() =>
      void (sending = false)
    );
    await sleep(150);
    assert(sending, "the server took all that was sent to it");
    assertEquals((await server.report(client)).events, []);
    await server.resume(client);
    await sent;
    const { events, received } = await server.report(client, "close");
    assertEquals(received, 32 * MIB);
    assertEquals(events.filter((event) => event !== "data"), ["resume", "end", "close"]);
  });

  test("Socket.pause() keeps the peer's end for later", async (server) => {
    using client = await server.connect("pause");
    assertEquals(await client.read(7), "pausing");
    await client.send("last words");
    await client.end();
    await sleep(50);
    assertEquals((await server.report(client)).events, []);
    await server.resume(client);
    const { events } = await server.report(client, "close");
    assertEquals(events, ["resume", "data", "end", "close"]);
  });

  test("Socket.onClose() comes while paused when the peer resets", async (server) => {
    const { events, error } = await server.report(await server.reset("pause", "", ""), "close");
    assertEquals(events, ["data", "close"]);
    assertEquals(error?.code, "ECONNRESET");
  });

  test("Socket.remoteAddress is the client's", async (server) => {
    using client = await server.connect("echo");
    const { remoteAddress } = await server.report(client);
    const { hostname, port } = client.conn.localAddr as Deno.NetAddr;
    assertEquals(remoteAddress, { hostname, port });
  });

  test("Socket survives a thousand short connections", async (server) => {
    await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      for (let j = 0; j < 20; j++) {
        using client = await server.connect("echo");
        await client.send(`${i}.${j}`);
        await client.end();
        assertEquals(await client.text(), `${i}.${j}`);
      }
    }));
  });

  test("SocketHandler is never re-entered, nor called after onClose", async (server) => {
    assertEquals(await server.violations(), { violations: [], acceptErrors: [] });
    assertEquals(server.stderr, []);
  });
}

function countHeldBack(events: string[]): number {
  return events.filter((event) => event === "held back").length;
}

/** Bytes that tell where they were lost or doubled: 251 is no divisor of any buffer's size. */
function pattern(size: number): Uint8Array {
  return PATTERN.subarray(0, size);
}

function repeat(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  result.set(bytes);
  for (let done = bytes.length; done < size; done *= 2) result.copyWithin(done, 0, done);
  return result;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
