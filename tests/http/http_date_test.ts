import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { HttpDate } from "../../src/http/http_date.ts";

Deno.test("HttpDate.format() writes an IMF-fixdate", () => {
  assertEquals(new HttpDate().format(784111777000), "Sun, 06 Nov 1994 08:49:37 GMT");
  assertEquals(new HttpDate().format(0), "Thu, 01 Jan 1970 00:00:00 GMT");
});

Deno.test("HttpDate.format() changes with the second, and not before", () => {
  const date = new HttpDate();
  const text = date.format(784111777000);
  assertEquals(date.format(784111777999), text);
  assertNotStrictEquals(date.format(784111778000), text);
  assertEquals(date.format(784111778000), "Sun, 06 Nov 1994 08:49:38 GMT");
});

Deno.test("HttpDate.format() formats a date once a second", () => {
  const { toUTCString } = Date.prototype;
  let formatted = 0;
  Date.prototype.toUTCString = function () {
    formatted++;
    return toUTCString.call(this);
  };
  try {
    const date = new HttpDate();
    for (let now = 784111777000; now < 784111779000; now += 100) date.format(now);
  } finally {
    Date.prototype.toUTCString = toUTCString;
  }
  assertEquals(formatted, 2);
});

Deno.test("HttpDate.format() follows a clock that is set back", () => {
  const date = new HttpDate();
  const text = date.format(784111777000);
  date.format(784111900000);
  assertEquals(date.format(784111777500), text);
});
