import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { assertFinalStatus, assertInformationalStatus, statusLine } from "../../src/http/status.ts";

const REGISTERED = [
  [100, 104],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 417],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
] as const;

function isRegistered(status: number): boolean {
  return REGISTERED.some(([first, last]) => status >= first && status <= last);
}

/** Values that plain JavaScript might pass as a status. */
const NO_NUMBERS = ["200", "200\r\nx: y", null, undefined, {}, [200], 200n, true] as unknown as number[];

Deno.test("statusLine() has a phrase for every registered code and for no other code", () => {
  for (let status = 100; status <= 599; status++) {
    const words = isRegistered(status) ? "[A-Z][A-Za-z -]+" : "";
    assertMatch(statusLine(status), new RegExp(`^HTTP/1\\.1 ${status} ${words}\r\n$`));
  }
  assertEquals(statusLine(200), "HTTP/1.1 200 OK\r\n");
  assertEquals(statusLine(103), "HTTP/1.1 103 Early Hints\r\n");
  assertEquals(statusLine(404), "HTTP/1.1 404 Not Found\r\n");
  assertEquals(statusLine(413), "HTTP/1.1 413 Content Too Large\r\n");
  assertEquals(statusLine(422), "HTTP/1.1 422 Unprocessable Content\r\n");
  assertEquals(statusLine(511), "HTTP/1.1 511 Network Authentication Required\r\n");
});

Deno.test("statusLine() keeps the space before an empty phrase", () => {
  assertEquals(statusLine(299), "HTTP/1.1 299 \r\n");
});

Deno.test("statusLine() throws on anything else", () => {
  for (const status of [99, 600, 0, -200, 200.5, NaN, Infinity]) {
    assertThrows(() => statusLine(status), RangeError, `Cannot write status ${status}`);
  }
});

Deno.test("assertFinalStatus() accepts the integers from 200 to 599", () => {
  for (let status = 200; status <= 599; status++) assertFinalStatus(status);
});

Deno.test("assertFinalStatus() throws on anything else", () => {
  for (const status of [...Array(200).keys(), 600, 999, -200, 200.5, NaN, Infinity]) {
    assertThrows(() => assertFinalStatus(status), RangeError, `Cannot set status ${status}: `);
  }
  for (const status of NO_NUMBERS) assertThrows(() => assertFinalStatus(status), RangeError, "of type");
});

Deno.test("assertInformationalStatus() accepts 100 to 199 except 101", () => {
  for (let status = 100; status <= 199; status++) if (status !== 101) assertInformationalStatus(status);
});

Deno.test("assertInformationalStatus() throws on anything else", () => {
  for (const status of [99, 101, 200, 0, -100, 100.5, NaN, Infinity]) {
    assertThrows(
      () => assertInformationalStatus(status),
      RangeError,
      `Cannot send informational status ${status}: `,
    );
  }
  for (const status of NO_NUMBERS) {
    assertThrows(() => assertInformationalStatus(status), RangeError, "of type");
  }
});

Deno.test("a message about a status does not repeat text that could split a line of a log", () => {
  const error = assertThrows(() => assertFinalStatus("1\r\n2" as unknown as number), RangeError);
  assertEquals(error.message, "Cannot set status of type string: not an integer from 200 to 599");
});
