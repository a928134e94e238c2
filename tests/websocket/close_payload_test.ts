import { assertEquals } from "@std/assert";
import { closePayload, readClosePayload } from "../../src/websocket/close_payload.ts";
import { bytesOf } from "./frames.ts";

Deno.test("readClosePayload() takes the status codes of RFC 6455 section 7.4 and its registry, and no others", () => {
  const taken: number[] = [];
  for (let code = 0; code < 65536; code++) {
    const read = readClosePayload(bytesOf(code >>> 8, code & 0xff));
    if (!("flaw" in read)) taken.push(read.code);
    else assertEquals(read.flaw.code, 1002, `${code}`);
  }
  const listed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  assertEquals(taken, [...listed, ...Array.from({ length: 2000 }, (_, i) => 3000 + i)]);
});

Deno.test("readClosePayload() takes no code for 1005, and refuses half a code and a reason that is not UTF-8", () => {
  assertEquals(readClosePayload(bytesOf()), { code: 1005, reason: "" });
  const half = readClosePayload(bytesOf(3));
  assertEquals("flaw" in half && half.flaw.code, 1002);
  const bad = readClosePayload(bytesOf(3, 0xe8, "caf", 0xc3));
  assertEquals("flaw" in bad && bad.flaw.code, 1007);
  assertEquals(readClosePayload(bytesOf(3, 0xe8, "\ufeffcafé")), { code: 1000, reason: "\ufeffcafé" });
});

Deno.test("closePayload() writes what readClosePayload() reads", () => {
  assertEquals(readClosePayload(closePayload(4999, "für immer")), { code: 4999, reason: "für immer" });
  assertEquals(readClosePayload(closePayload(1005, "")), { code: 1005, reason: "" });
});
