import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type AccessLogFormat,
  formatCombined,
  formatCommon,
  formatJson,
  formatterOf,
} from "../../src/observe/access_log_format.ts";
import { headerMapFromText } from "../../src/http/header_map.ts";
import { HEADLESS, record } from "./record.ts";

const COMMON = '192.0.2.7 - - [10/Oct/2000:13:55:36 +0000] "GET /index.html?q=1 HTTP/1.1" 200 2326';

Deno.test("formatCommon() writes the Common Log Format", () => {
  assertEquals(formatCommon(record()), COMMON);
  assertEquals(formatCommon(record({ bytesOut: 0 })), COMMON.replace("2326", "-"));
  assertEquals(
    formatCommon(record(HEADLESS)),
    COMMON.replace("GET /index.html?q=1 HTTP/1.1", "-").replace(" 200 ", " 408 "),
  );
  assert(formatCommon(record({ remoteAddress: { path: "/run/a b" } })).startsWith("unix:/run/a\\x20b - - ["));
  assert(formatCommon(record({ remoteAddress: { hostname: "::1", port: 1 } })).startsWith("::1 - - ["));
});

Deno.test("formatCombined() adds the referer and the user agent", () => {
  assertEquals(formatCombined(record()), `${COMMON} "http://a.example/" "test/1.0 (X11)"`);
  assert(formatCombined(record({ headers: null })).endsWith(' 200 2326 "-" "-"'));
});

Deno.test("formatJson() writes everything on one line", () => {
  assertEquals(JSON.parse(formatJson(record({ error: new TypeError("No such thing"), aborted: true }))), {
    time: "2000-10-10T13:55:36.250Z",
    remote: "192.0.2.7",
    method: "GET",
    target: "/index.html?q=1",
    version: "1.1",
    status: 200,
    bytesIn: 90,
    bytesOut: 2326,
    firstByte: 1.5,
    duration: 12.5,
    referer: "http://a.example/",
    userAgent: "test/1.0 (X11)",
    aborted: true,
    error: "TypeError: No such thing",
    thread: 0,
    connection: 3,
    request: 2,
  });
  const { method, target, referer, error } = JSON.parse(formatJson(record(HEADLESS)));
  assertEquals([method, target, referer, error], [null, null, null, null]);
});

/** Every character of Latin-1, which is what a field of a client may bring at worst, and some beyond. */
const HOSTILE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("") +
  "\u2028\u2029\u202e€";

for (const format of ["common", "combined", "json"] as const) {
  Deno.test(`${format} lines cannot be broken, forged or used on a terminal by a client`, () => {
    const hostile = record({
      method: HOSTILE,
      target: HOSTILE,
      headers: headerMapFromText(`referer: ${HOSTILE.replace(/[\r\n]/g, "")}\r\nuser-agent: "" \\" x\r\n`),
      remoteAddress: { path: HOSTILE },
      error: new Error(HOSTILE),
    });
    const line = formatterOf(format)(hostile);
    assert(/^[\x20-\x7e]*$/.test(line), "Only printable ASCII is left");
    if (format === "json") {
      assertEquals(JSON.parse(line).target, HOSTILE);
    } else {
      // Quotes that are not escaped are those of the format.
      const bare = line.replace(/\\(?:["\\]|x[0-9a-f]{2}|u[0-9a-f]{4})/g, "");
      assert(!bare.includes("\\"), bare);
      assertEquals(bare.match(/"/g)?.length, format === "common" ? 2 : 6);
      assertEquals(line.split(" ")[1], "-");
    }
  });

  Deno.test(`${format} lines have a bounded length`, () => {
    const line = formatterOf(format)(
      record({ target: "\0".repeat(1_000_000), error: "x".repeat(1_000_000) }),
    );
    assert(line.length < 40_000, `${line.length}`);
  });
}

Deno.test("formatJson() describes whatever was thrown", () => {
  const cases: readonly (readonly [error: unknown, text: string])[] = [
    ["text", "text"],
    [null, "null"],
    [Symbol("a"), "Symbol(a)"],
    [{ toString: () => "own" }, "own"],
    [{
      toString: () => {
        throw new Error();
      },
    }, "An error that cannot be described"],
    [Object.create(null), "An error that cannot be described"],
  ];
  for (const [error, text] of cases) assertEquals(JSON.parse(formatJson(record({ error }))).error, text);
});

Deno.test("formatterOf() throws on a format that there is not", () => {
  for (const format of ["xml", "constructor", "__proto__"]) {
    assertThrows(
      () => formatterOf(format as AccessLogFormat),
      TypeError,
      "it is none of common, combined, json",
    );
  }
});
