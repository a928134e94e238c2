import { assertEquals, assertInstanceOf } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { HttpError } from "../../src/http/errors.ts";
import { FieldScanner } from "../../src/h1/field_scanner.ts";
import { FieldSectionParser } from "../../src/h1/field_section_parser.ts";
import { BYTES, bytesOf, textOf } from "./input.ts";

const scanner = FieldScanner.create()!;

/** Long enough for the scanner to be asked, which it is from the second line on. */
const LONG = "x".repeat(70);

/** The lines that a scanner finds in a text behind other bytes. */
function scan(text: string, most = 100, before = ""): { lines: string[][]; end: number } {
  const bytes = bytesOf(before + text + "more: lines\r\n");
  const found = scanner.scan(bytes, before.length, before.length + text.length, most);
  const lines = Array.from({ length: found }, (_, i) => [
    textOf(bytes.subarray(scanner.nameStart(i), scanner.nameEnd(i))),
    textOf(bytes.subarray(scanner.valueStart(i), scanner.valueEnd(i))),
  ]);
  return { lines, end: scanner.end - before.length };
}

/** All that a parser says of pieces, one behind the other. */
function parse(pieces: readonly string[], scanner: FieldScanner | null, maxCount: number): unknown[] {
  const parser = new FieldSectionParser(maxCount, "header", scanner);
  parser.reset(0);
  const said: unknown[] = [];
  let arrived = "";
  for (const piece of pieces) {
    arrived += piece;
    const bytes = bytesOf(arrived + ": x\r\n\r\n");
    const field = (_bytes: Uint8Array, ...places: number[]) => said.push(places.join());
    try {
      said.push(parser.parse(bytes, 0, arrived.length, { field }), parser.scanned);
    } catch (error) {
      assertInstanceOf(error, HttpError);
      return [...said, (error as HttpError).status, (error as HttpError).message];
    }
    if (said.at(-2) === true) return said;
  }
  return said;
}

/** With the scanner and without, a parser says the same. */
function assertSame(pieces: readonly string[], maxCount = 100): void {
  const [with_, without] = [parse(pieces, scanner, maxCount), parse(pieces, null, maxCount)];
  if (with_.join("\n") !== without.join("\n")) assertEquals(with_, without, JSON.stringify(pieces));
}

Deno.test("FieldScanner.scan() finds complete lines, and leaves the blanks around values out", () => {
  const text = "Host: a\r\nEmpty:\r\nblank: \t \r\nInner:\ta\tb \r\n!#$%&'*+-.^_`|~09AZaz: \x80\xff~\r\n";
  const lines = [["Host", "a"], ["Empty", ""], ["blank", ""], ["Inner", "a\tb"], [
    "!#$%&'*+-.^_`|~09AZaz",
    "\x80\xff~",
  ]];
  for (const before of ["", "#", "#".repeat(17), "#".repeat(5000)]) {
    assertEquals(scan(text, 100, before), { lines, end: text.length });
    assertEquals(scan(text, 2, before), { lines: lines.slice(0, 2), end: 17 });
  }
});

Deno.test("FieldScanner.scan() stops before what is no complete line", () => {
  for (const rest of ["", "\r\n", "a", "a:", "a: ", "a: b", "a: b\r", ": b\r\n", "a b: c\r\n", " a: b\r\n"]) {
    assertEquals(scan(`x: y\r\n${rest}`), { lines: [["x", "y"]], end: 6 }, rest);
  }
});

Deno.test("FieldScanner.scan() takes each byte in a name and a value for what it is, wherever it stands", () => {
  for (const byte of BYTES) {
    const isToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(byte);
    const isValue = /^[\t\x20-\x7e\x80-\xff]$/.test(byte);
    for (const at of [1, 15, 16, 17, 40]) {
      const name = "n".repeat(at) + byte + "n";
      // Of a colon the rest of the name is the value.
      assertEquals(scan(`${name}: v\r\n`).lines.length === 1, isToken || byte === ":", name);
      assertEquals(scan(`n: ${"v".repeat(at)}${byte}v\r\n`).lines.length === 1, isValue, name);
    }
  }
});

Deno.test("FieldScanner.scan() looks at no more than 32 KiB, and at what comes behind when it is asked again", () => {
  const line = `a: ${"b".repeat(995)}\r\n`;
  const bytes = bytesOf("#" + line.repeat(100));
  let found = 0;
  let at = 1;
  for (let calls = 0; calls < 4; calls++) {
    found += scanner.scan(bytes, at, bytes.length, 1000);
    at = scanner.end;
  }
  assertEquals([found, at], [100, bytes.length]);
});

Deno.test("FieldSectionParser says the same with a scanner and without, whatever byte is wrong", () => {
  const section = `a: b\r\nname: ${LONG}\r\nx-y:\t${LONG} \r\nlast: one\r\n\r\n`;
  for (let at = 0; at < section.length; at++) {
    for (const byte of ["", "\0", "\t", "\n", "\r", " ", ":", "a", "\x7f", "\xe9", "\r\n"]) {
      assertSame([section.slice(0, at) + byte + section.slice(at + 1)]);
      assertSame([section.slice(0, at) + byte + section.slice(at)]);
    }
  }
});

Deno.test("FieldSectionParser says the same with a scanner and without, however a section is split", () => {
  const section = `a: b\r\nname: ${LONG}\r\nx-y:\t${LONG} \r\nb:\r\nlast: ${LONG}\r\n\r\n`;
  for (let at = 0; at <= section.length; at++) {
    assertSame([section.slice(0, at), section.slice(at)]);
    assertSame([section.slice(0, at), section.slice(at, at + 80), section.slice(at + 80)]);
  }
});

Deno.test("FieldSectionParser says the same with a scanner and without of any lines, and counts them alike", () => {
  const part = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom("a", "Host", "x-long-name-of-a-field", "v".repeat(40)) },
    { weight: 1, arbitrary: fc.constantFrom("", " ", "\t", "\r", "\n", "\x01", "\xff", ":") },
  );
  const line = fc.tuple(part, fc.constantFrom(": ", ":", ":\t "), part, part, fc.constantFrom("", " "))
    .map((parts) => parts.join("") + "\r\n");
  const sections = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("") + "\r\n");
  fc.assert(fc.property(sections, fc.nat(), fc.integer({ min: 0, max: 20 }), (section, cut, maxCount) => {
    const at = cut % (section.length + 1);
    assertSame([section], maxCount);
    assertSame([section.slice(0, at), section.slice(at)], maxCount);
  }));
});

Deno.test("FieldSectionParser takes more lines than the scanner has room for, and more bytes", () => {
  for (const [line, count] of [["a: b\r\n", 2000], [`a: ${"b".repeat(3000)}\r\n`, 40]] as const) {
    const section = line.repeat(count) + "\r\n";
    assertSame([section], count);
    assertSame([section], count - 1);
    assertEquals(parse([section], scanner, count).at(-1), section.length);
  }
});

Deno.test("FieldScanner.create() gives none where there is no WebAssembly, or one without vectors", () => {
  const { WebAssembly } = globalThis;
  const own = globalThis as { WebAssembly: unknown };
  try {
    own.WebAssembly = undefined;
    assertEquals(FieldScanner.create(), null);
    own.WebAssembly = {
      Module: class {
        constructor() {
          throw new Error("No vectors");
        }
      },
    };
    assertEquals(FieldScanner.create(), null);
  } finally {
    own.WebAssembly = WebAssembly;
  }
});
