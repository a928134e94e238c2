import { assert, assertEquals } from "@std/assert";
import { head, RawClient } from "../../tests/behaviour/raw_client.ts";
import type { Runtime } from "../../tests/support/runtimes.ts";
import { FaultServer, within } from "./fault_server.ts";

/** File descriptors that a server gets, and clients that connect to it. */
const DESCRIPTORS = 100;
const CLIENTS = 150;

/** Milliseconds of timeouts that are shorter than a fault. */
const SHORT = 600;

const SHORT_TIMEOUTS = { headers: SHORT, idle: SHORT, receive: SHORT };

const DAY = 24 * 60 * 60 * 1000;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Deno registers its signal handlers half a second after it has started, and panics where no descriptor is
 * left for them: nothing that a program could prevent.
 */
async function untilSignalsAreHandled(pid: number): Promise<void> {
  const SIGTERM = 1n << 14n;
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    if ((BigInt(`0x${/^SigCgt:\s+(\w+)$/m.exec(status)![1]}`) & SIGTERM) !== 0n) return;
    await pause(50);
  }
  throw new Error("Waited in vain until Deno handles signals");
}

/** More clients than the server has file descriptors for. */
export async function descriptors(runtime: Runtime): Promise<string> {
  const before = ["sh", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "sh"];
  await using server = await FaultServer.start(runtime, { threads: 1 }, before);
  if (runtime.name === "deno") await untilSignalsAreHandled(server.pid);
  const clients: RawClient[] = [];
  let answered = 0;
  for (let i = 0; i < CLIENTS; i++) clients.push(await RawClient.connect(server.port));
  const asking = clients.map(async (client) => {
    await client.send(head("GET /"));
    if ((await client.readResponse()).status === 200) answered++;
  });
  const settled = Promise.allSettled(asking);
  await within("half of the descriptors are used", untilTrue(() => answered >= DESCRIPTORS / 2));
  for (const client of clients) client.close();
  await settled;
  // Connections that were waiting may still be refused.
  await within(
    "the server answers again",
    untilTrue(async () => {
      return await server.ask("/").catch(() => "") === "200 fine";
    }),
  );
  await server.assertRecovered();
  await server.stop();
  return `${answered} of ${CLIENTS} clients answered with ${DESCRIPTORS} descriptors`;
}

async function untilTrue(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!await look()) await pause(20);
}

/** A clock that jumps a day ahead, then the wall clock a year back, then the monotonic clock an hour back. */
export async function clockJumps(runtime: Runtime): Promise<string> {
  await using server = await FaultServer.start(runtime, { threads: 1, jumps: true });
  using idle = await RawClient.connect(server.port);
  assertEquals(await server.askOver(idle, "/"), "200 fine");
  using inHead = await RawClient.connect(server.port);
  await inHead.send("GET / HTTP/1.1\r\nHost: ");
  using waiting = await RawClient.connect(server.port);
  const slow = server.askOver(waiting, "/slow?1000");
  await pause(100);

  await server.command(`jump ${DAY} ${DAY}`);
  assertEquals(await within("the head times out", inHead.readHead().then(({ status }) => status)), 408);
  assertEquals(await within("the idle connection is closed", idle.readToEnd()), "");
  assertEquals(await slow, "200 slow", "A handler has no deadline");
  for (const client of [idle, inHead, waiting]) client.close();
  assertDate(await dateOf(server), DAY);

  using kept = await RawClient.connect(server.port);
  assertEquals(await server.askOver(kept, "/"), "200 fine");
  await server.command(`jump 0 ${-366 * DAY}`);
  await pause(300);
  assertEquals(await server.askOver(kept, "/"), "200 fine", "The wall clock is no deadline");
  assertDate(await dateOf(server), -365 * DAY);

  await server.command(`jump ${-DAY / 24} 0`);
  await pause(300);
  assertEquals(await server.askOver(kept, "/"), "200 fine");
  kept.close();
  await server.assertRecovered();
  await server.stop();
  return "a day ahead, a year back, an hour back";
}

async function dateOf(server: FaultServer): Promise<number> {
  using client = await RawClient.connect(server.port);
  await client.send(head("GET /"));
  return Date.parse((await client.readResponse()).header("date") ?? "");
}

function assertDate(date: number, offset: number): void {
  const off = Math.abs(date - Date.now() - offset);
  assert(off < 5000, `The Date field is off by ${off} ms`);
}

/** A process that is stopped for longer than its timeouts, while clients go on sending. */
export async function stopped(runtime: Runtime, milliseconds: number): Promise<string> {
  await using server = await FaultServer.start(runtime, {
    threads: 1,
    options: { timeouts: SHORT_TIMEOUTS },
  });
  using idle = await RawClient.connect(server.port);
  assertEquals(await server.askOver(idle, "/"), "200 fine");
  using inHead = await RawClient.connect(server.port);
  await inHead.send("GET / HTTP/1.1\r\nHost: ");
  using inContent = await RawClient.connect(server.port);
  await inContent.send(head("POST /echo", "Content-Length: 6") + "one");
  using waiting = await RawClient.connect(server.port);
  const slow = waiting.send(head("GET /slow?300"));
  await pause(100);

  server.signal("SIGSTOP");
  await slow;
  await idle.send(head("GET /"));
  await inHead.send("localhost\r\n\r\n");
  await inContent.send("two");
  using late = await RawClient.connect(server.port);
  await late.send(head("GET /"));
  await pause(milliseconds);
  server.signal("SIGCONT");

  const since = performance.now();
  const answers = [idle, inHead, waiting, late, inContent].map(async (client) => {
    const { status, text } = await client.readResponse();
    client.close();
    return `${status} ${text}`;
  });
  assertEquals(await within("all that was sent in time is answered", Promise.all(answers)), [
    "200 fine",
    "200 fine",
    "200 slow",
    "200 fine",
    "200 onetwo",
  ]);
  const took = performance.now() - since;
  await server.assertRecovered();
  await server.stop();
  return `5 requests answered ${took.toFixed(0)} ms after ${milliseconds} ms of standstill`;
}

/**
 * Clients that close their connections while their handlers never settle: the deadline of `close()` holds.
 */
export async function closes(runtime: Runtime): Promise<string> {
  await using server = await FaultServer.start(runtime, { threads: 1 });
  const clients: RawClient[] = [];
  for (let i = 0; i < 20; i++) {
    const client = await RawClient.connect(server.port);
    await client.send(head("GET /never"));
    clients.push(client);
  }
  await within("the handlers are called", untilTrue(async () => (await server.figures()).open === 20));
  for (const client of clients.splice(10)) client.close();
  const took = await server.stop();
  for (const client of clients) client.close();
  return `ended ${took.toFixed(0)} ms after it was told to, with a deadline of 1000 ms`;
}
