import { assertEquals } from "@std/assert";
import { formatHttpDate, parseHttpDate } from "../../src/files/http_date.ts";

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);
const NOW = Date.UTC(2026, 0, 1);

Deno.test("parseHttpDate() reads the three formats of RFC 9110 section 5.6.7", () => {
  for (
    const text of [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    ]
  ) assertEquals(parseHttpDate(text, NOW), EXAMPLE, text);
});

Deno.test("parseHttpDate() takes a two-digit year more than 50 years ahead for one of the past century", () => {
  assertEquals(parseHttpDate("Friday, 01-Jan-76 00:00:00 GMT", NOW), Date.UTC(2076, 0, 1));
  assertEquals(parseHttpDate("Friday, 01-Jan-77 00:00:00 GMT", NOW), Date.UTC(1977, 0, 1));
});

Deno.test("parseHttpDate() knows how long months are, and reads years below 100", () => {
  assertEquals(parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW), Date.UTC(2024, 1, 29));
  assertEquals(parseHttpDate("Wed, 29 Feb 2023 00:00:00 GMT", NOW), null);
  assertEquals(
    formatHttpDate(parseHttpDate("Sun, 06 Nov 0094 08:49:37 GMT", NOW)!).slice(7, 16),
    " Nov 0094",
  );
});

for (
  const text of [
    "",
    "yesterday",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "sun, 06 nov 1994 08:49:37 gmt",
    "1994-11-06T08:49:37Z",
    "784111777",
  ]
) {
  Deno.test(`parseHttpDate() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseHttpDate(text, NOW), null);
  });
}

Deno.test("formatHttpDate() drops the fraction of a second", () => {
  assertEquals(formatHttpDate(EXAMPLE + 999), "Sun, 06 Nov 1994 08:49:37 GMT");
});
