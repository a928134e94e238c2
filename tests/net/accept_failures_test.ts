import { assertEquals } from "@std/assert";
import { AcceptFailures, type FailureClock } from "../../src/net/accept_failures.ts";
import type { AcceptError } from "../../src/net/errors.ts";

/** A clock that a test turns, and what a listener has reported so far. */
function setUp() {
  let now = 0;
  let check: (() => void) | undefined;
  const clock: FailureClock = {
    now: () => now,
    every: (_, call) => {
      check = call;
      return () => check = undefined;
    },
  };
  const reports: AcceptError[] = [];
  const failures = new AcceptFailures((error) => reports.push(error as AcceptError), clock);
  /** Lets time pass in steps of a second, with a failure every so many seconds. */
  function pass(seconds: number, failEvery = Infinity): void {
    for (let second = 1; second <= seconds; second++) {
      now += 1000;
      if (second % failEvery === 0) failures.failed(lack());
      check?.();
    }
  }
  return { failures, reports, pass, isChecking: () => check !== undefined };
}

function lack(): Error {
  return Object.assign(new Error("EMFILE: raw words"), { code: "EMFILE" });
}

Deno.test("AcceptFailures reports the first failure, then once a minute, then the end", () => {
  const { failures, reports, pass, isChecking } = setUp();
  failures.failed(lack());
  for (let i = 0; i < 1000; i++) failures.failed(lack());
  assertEquals(reports.map(({ message }) => message), ["Cannot accept connections: too many open files"]);
  assertEquals([reports[0]!.code, reports[0]!.phase, reports[0]!.failures], ["EMFILE", "began", 1]);
  pass(59, 1);
  assertEquals(reports.length, 1);
  pass(1, 1);
  assertEquals(
    reports[1]!.message,
    "Cannot accept connections for 60 s (1061 failures): too many open files",
  );
  assertEquals(reports[1]!.phase, "lasts");
  pass(60, 1);
  assertEquals(reports.length, 3);
  pass(4);
  assertEquals(reports.length, 3);
  pass(1);
  assertEquals(
    reports[3]!.message,
    "Could not accept connections for 120 s (1121 failures): too many open files; accepting works again",
  );
  assertEquals([reports[3]!.phase, reports[3]!.duration, isChecking()], ["ended", 120_000, false]);
});

Deno.test("AcceptFailures takes failures with pauses of less than five seconds for one spell", () => {
  const { failures, reports, pass } = setUp();
  failures.failed(lack());
  pass(40, 4);
  assertEquals(reports.length, 1);
  pass(5);
  assertEquals(reports.length, 2);
  failures.failed(lack());
  assertEquals(reports.map(({ phase, failures }) => [phase, failures]), [["began", 1], ["ended", 11], [
    "began",
    1,
  ]]);
});

Deno.test("AcceptFailures reports nothing after stop()", () => {
  const { failures, reports, pass, isChecking } = setUp();
  failures.failed(lack());
  failures.stop();
  pass(100);
  assertEquals([reports.length, isChecking()], [1, false]);
});
