import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { dateLine } from "../../src/h1/date.ts";

Deno.test("dateLine() writes an IMF-fixdate", () => {
  assertEquals(dateLine(784111777000), "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  assertEquals(dateLine(0), "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
});

Deno.test("dateLine() changes with the second, and not before", () => {
  const line = dateLine(784111777000);
  assertEquals(dateLine(784111777999), line);
  assertNotStrictEquals(dateLine(784111778000), line);
  assertEquals(dateLine(784111778000), "date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
});

Deno.test("dateLine() formats a date once a second", () => {
  const { toUTCString } = Date.prototype;
  let formatted = 0;
  Date.prototype.toUTCString = function () {
    formatted++;
    return toUTCString.call(this);
  };
  try {
    for (let now = 784111777000; now < 784111779000; now += 100) dateLine(now);
  } finally {
    Date.prototype.toUTCString = toUTCString;
  }
  assertEquals(formatted, 2);
});

Deno.test("dateLine() follows a clock that is set back", () => {
  const line = dateLine(784111777000);
  dateLine(784111900000);
  assertEquals(dateLine(784111777500), line);
});
