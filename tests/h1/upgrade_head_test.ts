import { assertEquals } from "@std/assert";
import { HeaderMap } from "../../src/http/header_map.ts";
import type { RequestHead } from "../../src/http/request_head.ts";
import { RequestHeadParser } from "../../src/h1/request_head_parser.ts";
import { offeredProtocol, upgradeFields } from "../../src/h1/upgrade_head.ts";
import { inputOf } from "./input.ts";

function headOf(text: string): RequestHead {
  // Behind another request, so that the head does not begin where its bytes do.
  const input = inputOf(`GET / HTTP/1.1\r\nHost: a\r\nUpgrade: no\r\n\r\n${text}`);
  const parser = new RequestHeadParser({ maxHeaderSize: 1000, maxHeaderCount: 10 });
  parser.parse(input);
  return parser.parse(input)!;
}

function offering(...protocols: string[]): RequestHead {
  const lines = protocols.map((protocol) => `Upgrade: ${protocol}\r\n`).join("");
  return headOf(`GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n${lines}\r\n`);
}

const CONNECT = headOf("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");

Deno.test("upgradeFields() names the first protocol that the client offered", () => {
  for (
    const protocols of [
      ["websocket"],
      ["websocket, h2c"],
      ["websocket", "h2c"],
      ["websocket,h2c"],
      [", websocket"],
      ["", "websocket"],
      ["websocket", ""],
      ["a b, websocket"],
      ["a/, websocket"],
    ]
  ) {
    assertEquals(upgradeFields(offering(...protocols), new HeaderMap()).raw(), [
      ["upgrade", "websocket"],
      ["connection", "upgrade"],
    ]);
  }
});

Deno.test("offeredProtocol() finds the first protocol of a list", () => {
  assertEquals(offeredProtocol("HTTP/2.0, websocket"), "HTTP/2.0");
  assertEquals(offeredProtocol("\t, ,h2c/1"), "h2c/1");
  for (const none of ["", " ", ",", " , ", 'a b"c', "a/b/c", "/a", "a/", "(a)", "\xe9", "a=b"]) {
    assertEquals(offeredProtocol(none), null, none);
  }
});

Deno.test("upgradeFields() keeps the protocol that the handler chose, and its other fields", () => {
  const headers = new HeaderMap([["Upgrade", "h2c"], ["X", "1"]]);
  assertEquals(upgradeFields(offering("websocket, h2c"), headers).raw(), [
    ["Upgrade", "h2c"],
    ["X", "1"],
    ["connection", "upgrade"],
  ]);
});

Deno.test("upgradeFields() says connection: upgrade, whatever the handler said", () => {
  const headers = new HeaderMap([["Connection", "close"], ["connection", "keep-alive"]]);
  assertEquals(upgradeFields(offering("x"), headers).raw(), [["connection", "upgrade"], ["upgrade", "x"]]);
});

Deno.test("upgradeFields() leaves the handler's map alone", () => {
  for (const head of [offering("x"), CONNECT]) {
    const headers = new HeaderMap([["Content-Length", "5"]]);
    upgradeFields(head, headers);
    assertEquals(headers.raw(), [["Content-Length", "5"]]);
  }
});

Deno.test("upgradeFields() takes framing fields out", () => {
  for (const head of [offering("x"), CONNECT]) {
    const headers = new HeaderMap([["Content-Length", "5"], ["transfer-encoding", "chunked"]]);
    const fields = upgradeFields(head, headers);
    assertEquals([fields.has("content-length"), fields.has("transfer-encoding")], [false, false]);
  }
});

Deno.test("upgradeFields() adds nothing to an answer to CONNECT", () => {
  assertEquals(upgradeFields(CONNECT, new HeaderMap()).raw(), []);
  assertEquals(upgradeFields(CONNECT, new HeaderMap({ "X-A": "1" })).raw(), [["X-A", "1"]]);
});
