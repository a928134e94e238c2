import { assertEquals } from "@std/assert";
import { type DeflateSettings, negotiateDeflate } from "../../src/websocket/deflate_negotiation.ts";
import { parseExtensions } from "../../src/websocket/extension_offers.ts";

const SETTINGS: DeflateSettings = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 0,
  level: 6,
};

function accepted(offer: string, settings: Partial<DeflateSettings> = {}): string | null {
  return negotiateDeflate(parseExtensions(offer) ?? [], { ...SETTINGS, ...settings })?.accepted ?? null;
}

Deno.test("parseExtensions() reads tokens, parameters and quoted strings, and skips empty elements", () => {
  assertEquals(parseExtensions(' foo ; a ; b=1 ;c = "2\\3" ,, bar '), [
    { name: "foo", params: [["a", null], ["b", "1"], ["c", "23"]] },
    { name: "bar", params: [] },
  ]);
  assertEquals(parseExtensions(""), []);
  assertEquals(parseExtensions("  "), []);
});

Deno.test("parseExtensions() takes time in proportion to the value", () => {
  const started = performance.now();
  for (const part of ["a ", "a;", " ", ",", '"', "\\", 'a;b="c",', "a;b=c;"]) {
    parseExtensions(part.repeat(16_000));
  }
  assertEquals(performance.now() - started < 2000, true);
});

Deno.test("negotiateDeflate() accepts RFC 7692's parameters (section 7.1)", () => {
  assertEquals(accepted("permessage-deflate"), "permessage-deflate");
  assertEquals(accepted("permessage-deflate; client_max_window_bits"), "permessage-deflate");
  assertEquals(
    accepted("permessage-deflate; client_max_window_bits=10"),
    "permessage-deflate; client_max_window_bits=10",
  );
  assertEquals(
    accepted('permessage-deflate; server_max_window_bits="10"'),
    "permessage-deflate; server_max_window_bits=10",
  );
  assertEquals(
    accepted("permessage-deflate; server_max_window_bits=15; server_no_context_takeover"),
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=15",
  );
  assertEquals(
    accepted("permessage-deflate; client_no_context_takeover"),
    "permessage-deflate; client_no_context_takeover",
  );
  for (let bits = 8; bits <= 15; bits++) {
    assertEquals(
      accepted(`permessage-deflate; server_max_window_bits=${bits}`),
      `permessage-deflate; server_max_window_bits=${bits}`,
    );
  }
});

Deno.test("negotiateDeflate() declines an offer with parameters that are not allowed", () => {
  for (
    const params of [
      "unknown",
      "server_max_window_bits",
      "server_max_window_bits=7",
      "server_max_window_bits=16",
      "server_max_window_bits=08",
      "server_max_window_bits=+9",
      "client_max_window_bits=0",
      "client_max_window_bits=1.5",
      "server_no_context_takeover=1",
      "client_no_context_takeover=true",
      "client_no_context_takeover; client_no_context_takeover",
      "server_max_window_bits=9; server_max_window_bits=9",
      "Server_No_Context_Takeover",
    ]
  ) {
    assertEquals(accepted(`permessage-deflate; ${params}`), null, params);
    assertEquals(accepted(`permessage-deflate; ${params}, permessage-deflate`), "permessage-deflate", params);
  }
  assertEquals(accepted("x-webkit-deflate-frame"), null);
});

Deno.test("negotiateDeflate() keeps to the server's options", () => {
  const none = { serverContextTakeover: false, clientContextTakeover: false };
  assertEquals(
    accepted("permessage-deflate", none),
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  );
  assertEquals(
    accepted("permessage-deflate; server_max_window_bits=12", { serverMaxWindowBits: 10 }),
    "permessage-deflate; server_max_window_bits=10",
  );
  assertEquals(
    accepted("permessage-deflate; client_max_window_bits", { clientMaxWindowBits: 9 }),
    "permessage-deflate; client_max_window_bits=9",
  );
  assertEquals(
    accepted("permessage-deflate, permessage-deflate; client_max_window_bits", { clientMaxWindowBits: 9 }),
    "permessage-deflate; client_max_window_bits=9",
    "an offer without client_max_window_bits cannot be held to it",
  );
});
