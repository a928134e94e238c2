import { assertEquals, assertThrows } from "@std/assert";
import { type AcceptOption, availableWays, chooseWay, type Sharing } from "../../src/threads/accept_way.ts";
import { assertRuntime, type Platform } from "../../src/threads/platform.ts";

const PLAIN: Sharing = { unix: false, secure: false, given: false, proxied: false };

function on(runtime: Platform["runtime"], version: string, os: string, sharesPorts = true): Platform {
  return { runtime, version, os, sharesPorts };
}

const LINUX = [on("deno", "2.9.6", "linux"), on("bun", "1.4.5", "linux"), on("node", "22.18.0", "linux")];

Deno.test("chooseWay() picks reusePort on Linux", () => {
  for (const platform of [...LINUX, on("node", "26.10.0", "linux")]) {
    assertEquals(chooseWay("auto", PLAIN, platform), "reusePort");
  }
});

Deno.test("chooseWay() picks reusePort on Deno with --unstable-net alone, and takes it by name without", () => {
  const without = on("deno", "2.9.6", "linux", false);
  assertEquals(chooseWay("auto", PLAIN, without), "dispatch");
  assertEquals(chooseWay("reusePort", PLAIN, without), "reusePort");
  assertEquals(chooseWay("auto", PLAIN, on("deno", "2.9.6", "linux", true)), "reusePort");
});

Deno.test("chooseWay() picks dispatch on macOS and Windows, and transfer where Node has it", () => {
  for (const os of ["darwin", "win32", "windows"]) {
    assertEquals(chooseWay("auto", PLAIN, on("deno", "2.9.6", os)), "dispatch");
    assertEquals(chooseWay("auto", PLAIN, on("bun", "1.4.5", os)), "dispatch");
    assertEquals(chooseWay("auto", PLAIN, on("node", "22.18.0", os)), "dispatch");
    assertEquals(chooseWay("auto", PLAIN, on("node", "26.6.0", os)), "transfer");
  }
});

Deno.test("availableWays() has transfer on Node from 24.20 and 26.6", () => {
  const versions: Readonly<Record<string, boolean>> = {
    "22.99.0": false,
    "24.19.9": false,
    "24.20.0": true,
    "25.9.0": false,
    "26.5.9": false,
    "26.6.0": true,
    "26.10.0": true,
    "27.0.0": true,
    "28.1.0-nightly": true,
  };
  for (const [version, transfers] of Object.entries(versions)) {
    const ways = availableWays(PLAIN, on("node", version, "darwin"));
    assertEquals(ways, transfers ? ["transfer", "dispatch"] : ["dispatch"], version);
  }
  // Bun and Deno tell of a version of Node as well, which is not theirs.
  for (const runtime of ["deno", "bun"] as const) {
    assertEquals(availableWays(PLAIN, on(runtime, "26.6.0", "darwin")), ["dispatch"]);
  }
});

Deno.test("availableWays() lists the best way first", () => {
  assertEquals(availableWays(PLAIN, on("node", "26.6.0", "linux")), ["reusePort", "transfer", "dispatch"]);
});

Deno.test("availableWays() leaves out what the address does not allow", () => {
  const node = on("node", "26.6.0", "linux");
  // Node passes on TCP sockets alone.
  assertEquals(availableWays({ ...PLAIN, unix: true }, node), ["dispatch"]);
  assertEquals(availableWays({ ...PLAIN, secure: true }, node), ["reusePort", "dispatch"]);
  assertEquals(availableWays({ ...PLAIN, given: true }, node), ["dispatch"]);
});

Deno.test("chooseWay() takes a way that exists", () => {
  for (const way of ["reusePort", "transfer", "dispatch"] as const) {
    assertEquals(chooseWay(way, PLAIN, on("node", "26.6.0", "linux")), way);
  }
});

Deno.test("chooseWay() throws for a way that does not exist here, and says which do", () => {
  const refused = (way: AcceptOption, platform: Platform) =>
    assertThrows(() => chooseWay(way, PLAIN, platform), RangeError).message;
  const message = (way: string, there: string) =>
    `Cannot use option accept: "${way}" does not exist for this address here, only ${there}`;
  const [deno, bun, node] = LINUX as [Platform, Platform, Platform];
  for (const platform of [deno, bun, node]) {
    assertEquals(refused("transfer", platform), message("transfer", '"reusePort", "dispatch"'));
  }
  assertEquals(refused("reusePort", on("deno", "2.9.6", "darwin")), message("reusePort", '"dispatch"'));
  assertEquals(
    refused("reusePort", on("node", "26.6.0", "win32")),
    message("reusePort", '"transfer", "dispatch"'),
  );
});

Deno.test("assertRuntime() throws on Node before 22.18, and says which is needed", () => {
  for (const version of ["22.18.0", "24.0.0", "26.10.0", "100.0.0"]) {
    assertRuntime(on("node", version, "linux"));
  }
  for (const runtime of ["deno", "bun"] as const) assertRuntime(on(runtime, "1.0.0", "linux"));
  for (const version of ["20.20.2", "22.17.9", "18.0.0"]) {
    const { message } = assertThrows(() => assertRuntime(on("node", version, "linux")));
    assertEquals(message, `Cannot serve on Node ${version}: Node 22.18 or later is needed`);
  }
});
