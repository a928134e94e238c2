import { assertEquals } from "@std/assert";
import { FieldSectionParser } from "../../src/h1/field_section_parser.ts";
import { assertRefused, BYTES, bytesOf, eachExtreme, eachSplit, textOf } from "./input.ts";

const BARE_LF = "A line ends with a bare line feed";
const LONE_CR = "A carriage return is not followed by a line feed";
const LEADING_BLANK = "A field line begins with white space";
const BLANK_BEFORE_COLON = "White space stands before the colon of a field line";
const EMPTY_NAME = "A field name is empty";
const NO_COLON = "A field line has no colon";
const BAD_NAME = "A field name contains a character that is not allowed";
const BAD_VALUE = "A field value contains a control character";
const TOO_MANY = "Too many header fields";

interface Parsed {
  readonly fields: [name: string, value: string][];
  readonly complete: boolean;
  readonly scanned: number;
}

/**
 * Parses pieces as they would arrive: in a buffer that holds them up to the last, behind other bytes, and
 * that moves each time. What lies behind the last byte that has arrived must not be looked at.
 */
function parse(pieces: readonly string[], maxCount = 100, from = 0): Parsed {
  const parser = new FieldSectionParser(maxCount, "header");
  parser.reset(from);
  const fields: [string, string][] = [];
  let arrived = "*".repeat(from);
  let complete = false;
  for (const [index, piece] of pieces.entries()) {
    arrived += piece;
    const base = index % 5;
    const bytes = bytesOf("#".repeat(base) + arrived + ":\r\n\r\n");
    complete = parser.parse(bytes, base, base + arrived.length, {
      field: (bytes, nameStart, nameEnd, valueStart, valueEnd) => {
        fields.push([
          textOf(bytes.subarray(nameStart, nameEnd)),
          textOf(bytes.subarray(valueStart, valueEnd)),
        ]);
      },
    });
    if (complete) break;
  }
  return { fields, complete, scanned: parser.scanned };
}

/** However it is split. */
function assertFields(section: string, expected: [name: string, value: string][]): void {
  eachSplit(section, (pieces) => {
    const parsed = { fields: expected, complete: true, scanned: section.length };
    assertEquals(parse(pieces), parsed);
  });
}

/** However it is split, and at the last byte, not sooner. */
function assertBadLine(section: string, reason: string): void {
  eachSplit(section, (pieces) => {
    assertRefused(() => parse(pieces), 400, reason);
  });
  assertEquals(parse([section.slice(0, -1)]).complete, false, JSON.stringify(section));
}

/** Whole and a byte at a time: for the many cases of one byte after the other. */
function assertBadByte(before: string, byte: string, reason: string): void {
  eachExtreme(before + byte, (pieces) => assertRefused(() => parse(pieces), 400, reason));
}

Deno.test("FieldSectionParser.parse() takes field lines apart, however they are split", () => {
  assertFields("\r\n", []);
  assertFields("Host: a\r\n\r\n", [["Host", "a"]]);
  assertFields("A:b\r\nC: d\r\n\r\n", [["A", "b"], ["C", "d"]]);
  assertFields("a: b: c:\r\n\r\n", [["a", "b: c:"]]);
  assertFields("!#$%&'*+-.^_`|~09AZaz: ~\r\n\r\n", [["!#$%&'*+-.^_`|~09AZaz", "~"]]);
});

Deno.test("FieldSectionParser.parse() leaves out the blanks around a value, and keeps those inside", () => {
  assertFields("a: \t b \t\r\n\r\n", [["a", "b"]]);
  assertFields("a:b \t c\r\n\r\n", [["a", "b \t c"]]);
  assertFields("a:\r\n\r\n", [["a", ""]]);
  assertFields("a: \t \r\nb: \r\n\r\n", [["a", ""], ["b", ""]]);
});

Deno.test("FieldSectionParser.parse() keeps obs-text as it is", () => {
  assertFields("a: \x80\xff\xe9\r\n\r\n", [["a", "\x80\xff\xe9"]]);
});

Deno.test("FieldSectionParser.parse() stops behind the empty line", () => {
  const parsed = parse(["a: b\r\n\r\nc: d\r\n\r\n"]);
  assertEquals(parsed, { fields: [["a", "b"]], complete: true, scanned: 8 });
});

Deno.test("FieldSectionParser.parse() begins where reset() said", () => {
  assertEquals(parse(["a: b\r\n\r\n"], 100, 7), { fields: [["a", "b"]], complete: true, scanned: 15 });
});

Deno.test("FieldSectionParser.parse() needs more bytes until the line feed of the empty line", () => {
  const section = "a: b\r\nc:\r\n\r\n";
  for (let length = 0; length < section.length; length++) {
    const { complete, scanned } = parse([section.slice(0, length)]);
    assertEquals([complete, scanned], [false, length]);
  }
});

Deno.test("FieldSectionParser.parse() is told of a field once, even where nothing arrived in between", () => {
  assertEquals(parse(["a: b\r\n", "", "", "\r", "", "\n"]).fields, [["a", "b"]]);
});

Deno.test("FieldSectionParser.parse() does without a sink", () => {
  const parser = new FieldSectionParser(1, "header");
  parser.reset(0);
  assertEquals(parser.parse(bytesOf("a: b\r\n\r\n"), 0, 8, null), true);
  assertEquals(parser.scanned, 8);
});

Deno.test("FieldSectionParser.parse() takes in a name every tchar and nothing else", () => {
  for (const char of BYTES) {
    if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char)) {
      for (const name of [char, `${char}b`, `a${char}`]) assertFields(`${name}:v\r\n\r\n`, [[name, "v"]]);
      continue;
    }
    const blank = char === " " || char === "\t";
    const first = blank ? LEADING_BLANK : char === "\n" ? BARE_LF : char === ":" ? EMPTY_NAME : BAD_NAME;
    if (char !== "\r") assertBadByte("", char, first);
    const later = blank ? BLANK_BEFORE_COLON : char === "\n" ? BARE_LF : char === "\r" ? NO_COLON : BAD_NAME;
    if (char !== ":") assertBadByte("a", char, later);
  }
});

Deno.test("FieldSectionParser.parse() takes in a value VCHAR, obs-text, SP and HTAB and nothing else", () => {
  for (const char of BYTES) {
    if (/^[\t\x20-\x7e\x80-\xff]$/.test(char)) {
      assertFields(`a:x${char}y\r\n\r\n`, [["a", `x${char}y`]]);
      assertFields(`a:${char}\r\n\r\n`, [["a", char.replace(/[ \t]/, "")]]);
      continue;
    }
    const reason = char === "\n" ? BARE_LF : BAD_VALUE;
    if (char === "\r") continue;
    for (const start of ["a:", "a: ", "a:x"]) assertBadByte(start, char, reason);
  }
});

Deno.test("FieldSectionParser.parse() refuses a bare line feed", () => {
  assertBadLine("a: b\n", BARE_LF);
  assertBadLine("a: b\r\n\n", BARE_LF);
  assertBadLine("\n", BARE_LF);
  assertBadLine("a:\n", BARE_LF);
  assertBadLine("a\n", BARE_LF);
});

Deno.test("FieldSectionParser.parse() refuses a bare carriage return, whatever byte follows", () => {
  for (const char of BYTES) {
    if (char === "\n") continue;
    for (const before of ["a: b\r", "a:\r", "\r", "a: b\r\n\r"]) assertBadByte(before, char, LONE_CR);
  }
});

Deno.test("FieldSectionParser.parse() refuses a folded line and blanks before the first", () => {
  assertBadLine("a: b\r\n ", LEADING_BLANK);
  assertBadLine("a: b\r\n\t", LEADING_BLANK);
  assertBadLine(" ", LEADING_BLANK);
});

Deno.test("FieldSectionParser.parse() refuses blanks before the colon, and a line without one", () => {
  assertBadLine("a ", BLANK_BEFORE_COLON);
  assertBadLine("a\t", BLANK_BEFORE_COLON);
  assertBadLine("a\r", NO_COLON);
  assertBadLine(":", EMPTY_NAME);
  assertBadLine("a: b\r\n:", EMPTY_NAME);
});

Deno.test("FieldSectionParser.parse() takes as many lines as allowed, and refuses the first byte of one more", () => {
  const lines = "a:\r\n".repeat(3);
  eachSplit(lines + "\r\n", (pieces) => assertEquals(parse(pieces, 3).complete, true));
  eachSplit(lines + "b", (pieces) => assertRefused(() => parse(pieces, 3), 431, TOO_MANY));
  assertRefused(() => parse(["b"], 0), 431, TOO_MANY);
  assertEquals(parse(["\r\n"], 0).complete, true);
});

Deno.test("FieldSectionParser.reset() makes a parser as good as new, wherever it stopped", () => {
  for (const stopped of ["", "a", "a:", "a: b", "a: b\r", "a: b\r\n", "a: b\r\n\r", "a: b\r\n\r\n"]) {
    const parser = new FieldSectionParser(1, "header");
    parser.reset(0);
    parser.parse(bytesOf(stopped), 0, stopped.length, null);
    parser.reset(2);
    assertEquals(parser.scanned, 2);
    assertEquals(parser.parse(bytesOf("**c: d\r\n\r\n"), 0, 10, null), true, JSON.stringify(stopped));
  }
});
