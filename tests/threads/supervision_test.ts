import { assert, assertEquals, assertMatch } from "@std/assert";
import { head, type RawClient } from "../behaviour/raw_client.ts";
import type { Runtime } from "../support/runtimes.ts";
import { runtimes } from "../support/runtimes.ts";
import { testUnless } from "../support/skip.ts";
import { type PoolReport, PoolServer, until } from "./pool_server.ts";
import { type Way, waysOf } from "./ways.ts";

/** How a thread can end, and what `onError` is told. */
const CRASHES: readonly { readonly path: string; readonly error: RegExp; readonly on?: RegExp }[] = [
  { path: "/crash/throw", error: /nobody catches this/ },
  { path: "/crash/reject", error: /nobody handles this/ },
  { path: "/crash/dom", error: /^TimeoutError: .*timed? ?out/i },
  { path: "/crash/dom-reject", error: /^DataError: nobody handles this either/ },
  { path: "/crash/string", error: /^Error: Thread [01] ended because of an uncaught value that is no error/ },
  { path: "/crash/exit", error: /exit code 7/ },
  { path: "/crash/deno-exit", error: /exit code 7/, on: /deno/ },
];

/** Where a thread that runs out of memory cannot be supervised, and why. */
const MEMORY_GAPS: Readonly<Record<string, string>> = {
  deno: "Deno ends the process with it",
  bun: "Bun lets it grow until the system has no more",
};

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`a thread that ends by itself is replaced (${runtime.name}, ${way})`, async (t) => {
      await using server = await PoolServer.start(runtime, { accept: way, threads: 2 });
      for (const { path, error, on = /./ } of CRASHES) {
        if (on.test(runtime.name)) await t.step(path, () => assertReplaced(server, way, path, error));
      }
      await t.step("although onError throws", async () => {
        await server.control({ do: "set", counter: "objecting", value: 1 });
        const { errors } = await server.report();
        assertEquals((await server.ask(head("GET /throw"))).status, 500);
        await server.reported("onError is told", (report) => report.errors.length > errors.length);
        await assertReplaced(server, way, "/crash/exit", /exit code 7/);
        await server.control({ do: "set", counter: "objecting", value: 0 });
      });
      await t.step("/crash/streaming cuts the response", async () => {
        using client = await server.connect();
        await client.send(head("GET /crash/streaming"));
        await client.readHead();
        assertEquals(await client.readText(10), "5\r\nbegun\r\n");
        assertEquals(await client.drain(), 0);
      });
      assertEquals(await server.stop(), 0);
    });
  }
  for (const way of waysOf(runtime)) testOutOfMemory(runtime, way);
  for (const way of waysOf(runtime)) if (way !== "dispatch") testNobodyThere(runtime, way);
  testFailingStart(runtime);
}

function testOutOfMemory(runtime: Runtime, way: Way): void {
  const name = `a thread that runs out of memory is replaced (${runtime.name}, ${way})`;
  testUnless(MEMORY_GAPS[runtime.name] ?? false, name, async () => {
    const withLittle = { ...runtime, command: [...runtime.command, "--max-old-space-size=96"] };
    await using server = await PoolServer.start(withLittle, { accept: way, threads: 2 });
    await assertReplaced(server, way, "/crash/memory", /memory/i);
    assertEquals(await server.stop(), 0);
  });
}

/** Crashes one thread while the other has a connection, on which requests go on. */
async function assertReplaced(server: PoolServer, way: Way, path: string, error: RegExp): Promise<void> {
  const before = await server.report();
  using victim = await server.connect();
  await victim.send(head("GET /thread"));
  const doomed = (await victim.readResponse()).text;
  using bystander = await connectElsewhere(server, way, doomed);
  await victim.send(head(`GET ${path}`));
  const outcome = await outcomeOf(victim);
  // Nothing had been sent: whoever has the connection can say what happened, if that is another thread.
  if (way === "dispatch") assertMatch(outcome, /^50[23]$/);
  else assertEquals(outcome, "cut");

  await bystander.send(head("GET /"));
  assertEquals((await bystander.readResponse()).text, "Hello, World!", "the other thread did not notice");
  const restarts = totalRestarts(before) + 1;
  const report = await server.reported("the thread is replaced", (report) => {
    return report.counters.started === before.counters.started + 1 && totalRestarts(report) === restarts;
  });
  assertEquals(report.errors.length, before.errors.length + 1, report.errors.join("; "));
  const counted = report.stats.threads.reduce((sum, { errors }) => sum + errors, 0);
  assertEquals(counted, report.errors.length, "each error is counted");
  assertMatch(report.errors.at(-1)!, error);
  await until("both threads serve", () => bothServe(server));
  await bystander.send(head("GET /"));
  assertEquals((await bystander.readResponse()).text, "Hello, World!");
}

/** Several requests at once: one after the other might all find the same thread free. */
async function bothServe(server: PoolServer): Promise<boolean> {
  const threads = await Promise.all(Array.from({ length: 12 }, () => server.get("/thread?20")));
  return new Set(threads).size === 2;
}

function totalRestarts({ stats }: PoolReport): number {
  return stats.threads.reduce((sum, { restarts }) => sum + restarts, 0);
}

/** A connection on the other thread; under `"dispatch"`, where connections are on none, any. */
async function connectElsewhere(server: PoolServer, way: Way, thread: string): Promise<RawClient> {
  for (let i = 0; i < 100; i++) {
    const client = await server.connect();
    await client.send(head("GET /thread"));
    const { text } = await client.readResponse();
    if (way === "dispatch" || text !== thread) return client;
    client.close();
  }
  throw new Error("Every connection lands on one thread");
}

async function outcomeOf(client: RawClient): Promise<string> {
  try {
    return String((await client.readResponse()).status);
  } catch (error) {
    if (/^Connection ended|reset/i.test((error as Error).message)) return "cut";
    throw error;
  }
}

/** Ends both threads of a server at once; others take so many milliseconds to start. */
async function crashAll(server: PoolServer, way: Way, startTime: number): Promise<void> {
  await server.control({ do: "set", counter: "startTime", value: startTime });
  using victim = await server.connect();
  await victim.send(head("GET /thread"));
  using other = await connectElsewhere(server, way, (await victim.readResponse()).text);
  for (const client of [victim, other]) await client.send(head("GET /crash/exit"));
  await server.reported("both are gone", (report) => totalRestarts(report) === 2);
}

function testNobodyThere(runtime: Runtime, way: Way): void {
  Deno.test(`a connection that is made while no thread is there waits for one (${runtime.name}, ${way})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: way, threads: 2 });
    await crashAll(server, way, 2000);
    const gone = performance.now();
    await until("connections are taken", async () => !(await isRefused(server.port)));
    assert(performance.now() - gone < 1500, "they are taken before the threads are back");
    const answers = Array.from({ length: 4 }, () => server.get("/"));
    assertEquals(await Promise.all(answers), Array(4).fill("Hello, World!"));
    const { counters } = await server.report();
    assertEquals(counters.started, 4, "none was lost, and none more was needed");
    // The kernel resets what it has queued for a socket when that is closed, as the one that stood in is.
    await until("the threads serve again", () => bothServe(server).catch(() => false));
    assertEquals(await server.stop(), 0);
  });

  Deno.test(`close() gives up the connections that wait for a thread (${runtime.name}, ${way})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: way, threads: 2 });
    await crashAll(server, way, 600_000);
    await until("connections are taken", async () => !(await isRefused(server.port)));
    using client = await server.connect();
    await client.send(head("GET /"));
    const started = performance.now();
    await server.control({ do: "close" });
    const elapsed = performance.now() - started;
    assert(elapsed < 5000, `${elapsed} ms`);
    assertEquals(await outcomeOf(client), "cut");
    assertEquals(await server.stop(), 0);
  });
}

function testFailingStart(runtime: Runtime): void {
  Deno.test(`a thread that cannot be started again stops the server (${runtime.name})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: "dispatch", threads: 2 });
    await server.control({ do: "set", counter: "failing", value: 1 });
    const closed = server.control({ do: "closed" });
    await server.ask(head("GET /crash/throw"));
    assertEquals(await closed, "rejected: RangeError: The factory was told to fail");
    const { errors, counters } = await server.report();
    assertEquals(counters.started, 5, "two threads, and three attempts to replace one");
    assertMatch(errors[0]!, /nobody catches this/);
    assertEquals(errors.slice(1), Array(3).fill("RangeError: The factory was told to fail"));
    await until("nothing listens", () => isRefused(server.port));
    assertEquals(await server.stop(), 0);
  });

  Deno.test(`threads that die young before they have served anything stop the server (${runtime.name})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: "dispatch", threads: 2 });
    await server.control({ do: "set", counter: "lifetime", value: 20 });
    const closed = server.control({ do: "closed" });
    await server.ask(head("GET /crash/throw"));
    assertMatch(String(await closed), /^rejected: Error: Thread [01] ended with exit code 7$/);
    const { counters } = await server.report();
    assertEquals(counters.started, 5, "two threads, and three that were to replace one");
    await until("nothing listens", () => isRefused(server.port));
    assertEquals(await server.stop(), 0);
  });

  Deno.test(`threads that die at about the same time are all replaced (${runtime.name})`, async () => {
    const threads = 5;
    await using server = await PoolServer.start(runtime, { accept: "dispatch", threads });
    // So long that all have died before the first is back.
    await server.control({ do: "set", counter: "startTime", value: 1000 });
    const clients = await Promise.all(Array.from({ length: threads }, () => server.connect()));
    await Promise.all(clients.map((client) => client.send(head("GET /crash/exit"))));
    const outcomes = await Promise.all(clients.map(outcomeOf));
    for (const client of clients) client.close();
    for (const outcome of outcomes) assertMatch(outcome, /^50[23]$/);
    await server.reported("each is replaced", ({ counters }) => counters.started === 2 * threads);
    assertEquals(totalRestarts(await server.report()), threads);
    await until("they serve", async () => await server.get("/") === "Hello, World!");
  });

  Deno.test(`a thread that hangs while it starts again does not keep close() (${runtime.name})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: "dispatch", threads: 2 });
    await server.control({ do: "set", counter: "startTime", value: 600_000 });
    await server.ask(head("GET /crash/exit"));
    await server.reported("another starts", ({ counters }) => counters.started === 3);
    const started = performance.now();
    await server.control({ do: "close" });
    const elapsed = performance.now() - started;
    assert(elapsed < 5000, `${elapsed} ms`);
    assertEquals(await server.stop(), 0);
  });

  for (const way of ["reusePort", "dispatch"] as const) {
    Deno.test(`a thread that is stuck does not keep close() from its deadline (${runtime.name}, ${way})`, async () => {
      await using server = await PoolServer.start(runtime, { accept: way, threads: 2 });
      using client = await server.connect();
      await client.send(head("GET /crash/loop"));
      await server.reported("the request is there", ({ counters }) => counters.handled === 1);
      const started = performance.now();
      await server.control({ do: "close", options: { deadline: 200 } });
      const elapsed = performance.now() - started;
      // Deno cannot end a thread that is stuck, so what it listens on stays as long as the process: see the
      // README.
      const listens = runtime.name === "deno" && way === "reusePort";
      assertEquals(await isRefused(server.port), !listens);
      assert(elapsed > 190 && elapsed < 3000, `${elapsed} ms`);
      assertEquals(await server.stop(), 0);
    });
  }

  testStuck(runtime);

  Deno.test(`a thread that dies while the server closes is told of (${runtime.name})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: "dispatch", threads: 2 });
    using client = await server.connect();
    await client.send(head("GET /crash/streaming"));
    await client.readHead();
    await server.control({ do: "close" });
    const { errors, stats } = await server.report();
    assertEquals(errors.length, 1, errors.join("; "));
    assertMatch(errors[0]!, /nobody catches this/);
    assertEquals(stats.threads.map(({ restarts }) => restarts), [0, 0]);
    assertEquals(stats.threads.reduce((sum, { errors }) => sum + errors, 0), 1);
    assertEquals(await server.stop(), 0);
  });
}

function testStuck(runtime: Runtime): void {
  const { name } = runtime;
  Deno.test(`timeouts.stuck: a thread that is stuck is told of, and replaced where it can be ended (${name})`, async () => {
    const options = { accept: "dispatch", threads: 2, server: { timeouts: { stuck: 1000 } } } as const;
    await using server = await PoolServer.start(runtime, options);
    using victim = await server.connect();
    // Long enough that the loop is not over before it is noticed, and not without end: Deno cannot end it.
    await victim.send(head("GET /crash/busy?6000"));
    const { errors: [error = ""] } = await server.reported(
      "onError is told",
      ({ errors }) => errors.length > 0,
    );
    assertMatch(error, /^Error: Thread [01] has been stuck in one piece of work for \d+\.\d s: it /);
    if (name.startsWith("node")) assertMatch(error, /\n {4}at spin \(.*routes_crash\.ts:\d+:\d+\)/);
    const [, stuck] = /^Error: Thread (\d)/.exec(error) ?? [];
    if (name === "deno") {
      assertMatch(error, /it gets no requests until it is done with that/);
      for (let i = 0; i < 10; i++) assert(await server.get("/thread") !== stuck, "requests avoid the thread");
      assertEquals((await victim.readResponse()).text, "done");
    } else {
      assertEquals((await victim.readResponse()).status, 502);
    }
    await until("both threads serve", () => bothServe(server));
    const { errors, stats } = await server.report();
    assertEquals(errors.length, 1, errors.join("; "));
    assertEquals(stats.threads.reduce((sum, { restarts }) => sum + restarts, 0), name === "deno" ? 0 : 1);
    assertEquals(await server.stop(), 0);
  });
}

async function isRefused(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return true;
    throw error;
  }
}
