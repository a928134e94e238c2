import { assert, assertEquals, assertThrows } from "@std/assert";
import { accessLog } from "../../src/observe/access_log.ts";
import type { LineSink } from "../../src/observe/line_queue.ts";
import { record } from "./record.ts";

const numbered = (format: { request: number }) => `line ${format.request}`;

Deno.test("accessLog() gathers lines and writes them in order, several at a time", async () => {
  const calls: string[] = [];
  const log = accessLog((lines) => void calls.push(lines), { format: numbered, interval: 5 });
  for (let request = 1; request <= 3; request++) log(record({ request }));
  assertEquals(calls, [], "No request waits for the sink");
  await log.flush();
  log(record({ request: 4 }));
  await log.flush();
  assertEquals(calls, ["line 1\nline 2\nline 3\n", "line 4\n"]);
});

Deno.test("accessLog() writes after its interval, or at once when much has gathered", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const log = accessLog((lines) => resolve(lines), { format: numbered, interval: 10 });
  log(record({ request: 1 }));
  assertEquals(await promise, "line 1\n");

  const calls: string[] = [];
  const busy = accessLog((lines) => void calls.push(lines), {
    format: () => "x".repeat(1023),
    interval: 60_000,
  });
  for (let i = 0; i < 64; i++) busy(record());
  assertEquals(calls.length, 1);
  await busy.flush();
});

Deno.test("accessLog() drops lines that a slow sink leaves no room for, and tells how many", async () => {
  let release = Promise.withResolvers<void>();
  let written = 0;
  const told: number[] = [];
  const sink = async (lines: string) => {
    await release.promise;
    written += lines.split("\n").length - 1;
  };
  const log = accessLog(sink, {
    format: () => "x".repeat(99),
    maxQueued: 10_000,
    interval: 1,
    onDropped: (lines) => told.push(lines),
  });
  // Nothing is awaited, and the sink takes nothing.
  for (let i = 0; i < 20_000; i++) log(record());
  assertEquals(log.dropped, 19_900);
  assertEquals(told, []);
  release.resolve();
  await log.flush();
  assertEquals([written, told], [100, [19_900]]);

  // There is room again.
  release = Promise.withResolvers();
  release.resolve();
  log(record());
  await log.flush();
  assertEquals([written, log.dropped, told], [101, 19_900, [19_900]]);
});

Deno.test("accessLog() tells of a sink that fails once, and goes on when it works again", async () => {
  const errors: unknown[] = [];
  const told: number[] = [];
  let broken = true;
  let text = "";
  const log = accessLog((lines) => {
    if (broken) throw new Error("The disk is full");
    text += lines;
  }, {
    format: numbered,
    onError: (error) => errors.push((error as Error).message),
    onDropped: (lines) => told.push(lines),
  });
  for (let request = 1; request <= 3; request++) {
    log(record({ request }));
    await log.flush();
  }
  assertEquals([errors, log.dropped, text], [["The disk is full"], 3, ""]);
  broken = false;
  log(record({ request: 4 }));
  await log.flush();
  assertEquals([told, text], [[3], "line 4\n"]);
  broken = true;
  log(record({ request: 5 }));
  await log.flush();
  assertEquals(errors.length, 2);
});

Deno.test("accessLog() writes bytes to a stream and waits for it", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const log = accessLog(writable, { format: numbered, interval: 1 });
  log(record({ request: 1 }));
  const reader = readable.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "line 1\n");
  await reader.cancel();
  log(record({ request: 2 }));
  await log.flush();
  assertEquals(log.dropped, 1);
});

Deno.test("flush() of accessLog() gives a sink up that takes nothing", async () => {
  const log = accessLog(() => new Promise(() => {}), { interval: 1 });
  log(record());
  const started = performance.now();
  await log.flush(50);
  const waited = performance.now() - started;
  assert(waited >= 40 && waited < 10_000, `${waited}`);
});

Deno.test("accessLog() survives a format that throws, and mends one that breaks lines", async () => {
  const errors: unknown[] = [];
  const failing = accessLog(() => {}, {
    format: () => {
      throw new Error("no");
    },
    onError: (error) => errors.push(error),
  });
  failing(record());
  assertEquals([failing.dropped, errors.length], [1, 1]);
  let text = "";
  const log = accessLog((lines) => void (text += lines), { format: () => "a\r\nb\nc" });
  log(record());
  await log.flush();
  assertEquals(text, "a b c\n");
});

Deno.test("accessLog() throws on a sink, a format or a limit that is none", () => {
  assertThrows(
    () => accessLog({} as LineSink),
    TypeError,
    "the sink is neither a stream nor a function",
  );
  assertThrows(
    () => accessLog(() => {}, { format: "xml" as "json" }),
    TypeError,
    "Cannot use option format",
  );
  for (const limits of [{ maxQueued: 0 }, { interval: -1 }, { maxQueued: NaN }]) {
    const [name] = Object.keys(limits);
    assertThrows(() => accessLog(() => {}, limits), TypeError, `Cannot use option ${name}`);
  }
});
