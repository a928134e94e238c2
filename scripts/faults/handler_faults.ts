import { assertEquals } from "@std/assert";
import { head, RawClient } from "../../tests/behaviour/raw_client.ts";
import { type FaultServer, within } from "./fault_server.ts";
import { resetRequest } from "./resets.ts";

/** Requests that meet each mistake of a handler, half of them on one connection. */
const REQUESTS = 20;

/** Milliseconds for which a handler keeps its thread busy. */
const LOOP = 700;

async function increase(server: FaultServer, work: () => Promise<void>): Promise<Record<string, number>> {
  const { errors: before } = await server.figures();
  await work();
  // Errors of other threads arrive as messages.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { errors: after } = await server.figures();
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]).filter(([, more]) =>
      more !== 0
    ),
  );
}

/** Asks for a path again and again, and expects the same answer and one error for each. */
async function repeated(server: FaultServer, path: string, answer: string, error: string): Promise<string> {
  const increased = await increase(server, async () => {
    using client = await RawClient.connect(server.port);
    for (let i = 0; i < REQUESTS / 2; i++) {
      assertEquals(await server.askOver(client, path), answer);
      assertEquals(await server.ask(path), answer);
    }
  });
  assertEquals(increased, { [error]: REQUESTS });
  return `${REQUESTS} answered ${answer.slice(0, 3)}, ${REQUESTS} errors told`;
}

/** A handler that throws at once: 500, on a connection that is kept. */
export function throws(server: FaultServer): Promise<string> {
  return repeated(server, "/throws", "500 ", "The handler throws");
}

/** A handler that rejects later. */
export function rejects(server: FaultServer): Promise<string> {
  return repeated(server, "/rejects", "500 ", "The handler rejects");
}

/** A handler that rejects after the response was sent: the response stands. */
export function rejectsAfterSending(server: FaultServer): Promise<string> {
  return repeated(server, "/rejects-after-sending", "200 sent", "The handler rejects after sending");
}

/** A handler that writes to a response that it has ended. */
export function writesAfterEnd(server: FaultServer): Promise<string> {
  return repeated(server, "/writes-after-end", "200 ended", "ResponseError");
}

/** A handler that writes after it has settled. */
export function writesAfterSettling(server: FaultServer): Promise<string> {
  return repeated(server, "/writes-after-settling", "200 settled", "ResponseError");
}

/** Handlers that never settle, and clients that reset their connections. */
export async function neverSettles(server: FaultServer): Promise<string> {
  const increased = await increase(server, async () => {
    await Promise.all(
      Array.from({ length: REQUESTS }, () => resetRequest(server.port, head("GET /never"), 100)),
    );
  });
  assertEquals(increased, {});
  return `${REQUESTS} clients reset`;
}

/**
 * A handler that keeps its thread busy: what arrived meanwhile is answered after it, and nothing times out.
 */
export async function loops(server: FaultServer): Promise<string> {
  const loop = server.ask(`/loops?${LOOP}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const since = performance.now();
  const others = await Promise.all(Array.from({ length: REQUESTS }, () => server.ask("/")));
  const slowest = performance.now() - since;
  assertEquals(new Set(others), new Set(["200 fine"]));
  assertEquals(await within("the loop ends", loop), "200 looped");
  return `${REQUESTS} answered within ${slowest.toFixed(0)} ms of a loop of ${LOOP} ms`;
}
