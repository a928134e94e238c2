import { assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { encodeFields, HeaderMap, headerMapFromBytes } from "../../src/http/header_map.ts";
import { ChunkedDecoder } from "../../src/h1/chunked_decoder.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import type { ReceivedHead } from "../../src/h1/received_head.ts";
import { RequestHeadParser } from "../../src/h1/request_head_parser.ts";
import { CONTENT_LENGTH, END_OF_LENGTH, headEnd } from "../../src/h1/response_framing.ts";
import { connectionLine, interimHead, refusal, ResponseHeadEncoder } from "../../src/h1/response_head.ts";
import { parseResponses } from "../conformance/strict_client.ts";
import { bytesOf, textOf } from "./input.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const LIMITS = { maxHeaderSize: 65536, maxHeaderCount: 200, maxRequestBodySize: 65536 };

/** Characters of a class, as an arbitrary. */
function charOf(from: string): fc.Arbitrary<string> {
  return fc.constantFrom(...from);
}

function range(first: number, last: number): string {
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

const ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const token = fc.string({ unit: charOf(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`), minLength: 1, maxLength: 20 });
const vchar = charOf(range(0x21, 0x7e) + range(0x80, 0xff));
const value = fc.array(fc.string({ unit: vchar, minLength: 1, maxLength: 12 }), { maxLength: 4 }).chain((
  words,
) =>
  fc.array(fc.constantFrom(" ", "\t", "  ", " \t "), { minLength: words.length, maxLength: words.length })
    .map(
      (blanks) => words.map((word, index) => (index === 0 ? "" : blanks[index]!) + word).join(""),
    )
);
const blanks = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 3 });
const content = fc.uint8Array({ maxLength: 300 });

/** Names that decide about the message, and so are not for any value. */
const FRAMING = /^(?:host|te|expect|upgrade|connection|content-length|transfer-encoding|date)$/i;
const field = fc.tuple(token.filter((name) => !FRAMING.test(name)), value);
const fields = fc.array(field, { maxLength: 8 });

/** The same cases in every run. */
const RUNS = { seed: 9112, numRuns: 200 };

/** Pieces of a text, cut at places that numbers from 0 to 1 say. */
function piecesOf(text: string, places: readonly number[]): string[] {
  const cuts = places.map((place) => Math.floor(place * text.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((cut, index) => text.slice(cut, cuts[index])).filter((piece) => piece !== "");
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });

Deno.test("ChunkedDecoder decodes what is encoded in chunks, with extensions and trailers, however it is split", () => {
  const property = fc.property(
    fc.array(content, { maxLength: 5 }),
    fc.array(
      fc.oneof(
        fc.constant(""),
        token.map((name) => `;${name}`),
        fc.tuple(token, token).map(([name, value]) => `;${name}=${value}`),
        fc.tuple(token, value).map(([name, value]) => `;${name}="${value.replace(/["\\]/g, "\\$&")}"`),
      ),
      { minLength: 6, maxLength: 6 },
    ),
    fields,
    places,
    (chunks, extensions, trailers, places) => {
      const encoded = chunks.filter((chunk) => chunk.length > 0).map((chunk, index) =>
        `${chunk.length.toString(16)}${extensions[index]}\r\n${textOf(chunk)}\r\n`
      );
      const section = encodeFields(new HeaderMap(trailers));
      const body = `${encoded.join("")}0${extensions[5]}\r\n${section}\r\n`;
      const decoder = new ChunkedDecoder(LIMITS);
      const input = new InputBuffer();
      let decoded = "";
      for (const piece of piecesOf(`${body}GET`, places)) {
        input.push(bytesOf(piece));
        for (let bytes = decoder.decode(input); bytes !== null; bytes = decoder.decode(input)) {
          decoded += textOf(bytes);
        }
      }
      assertEquals(decoded, chunks.map(textOf).join(""));
      assertEquals([decoder.done, textOf(decoder.trailerSection!), textOf(input.take(9))], [
        true,
        section,
        "GET",
      ]);
    },
  );
  fc.assert(property, RUNS);
});

Deno.test("RequestHeadParser parses what is written as a request head, however it is split", () => {
  const property = fc.property(
    token,
    fc.string({ unit: charOf(range(0x21, 0x7e).replace("#", "")), maxLength: 30 }),
    fc.constantFrom(0, 1),
    fields,
    fc.array(fc.tuple(blanks, blanks), { minLength: 8, maxLength: 8 }),
    places,
    (method, path, minor, fields, around, places) => {
      fc.pre(method !== "CONNECT");
      const lines = fields.map(([name, value], index) => {
        const [before, after] = around[index]!;
        return `${name}:${before}${value}${after}\r\n`;
      });
      const text = `${method} /${path} HTTP/1.${minor}\r\nHost: a\r\n${lines.join("")}\r\n`;
      const parser = new RequestHeadParser(LIMITS);
      const input = new InputBuffer();
      let head: ReceivedHead | null = null;
      for (const piece of piecesOf(text, places)) {
        assertEquals(head, null);
        input.push(bytesOf(piece));
        head = parser.parse(input);
      }
      assertEquals([head?.method, head?.target(), head?.minorVersion], [method, `/${path}`, minor]);
      assertEquals(head?.fields().raw(), [["Host", "a"], ...fields]);
      assertEquals(input.length, 0);
    },
  );
  fc.assert(property, RUNS);
});

Deno.test("headerMapFromBytes() reads what HeaderMap writes", () => {
  const property = fc.property(fields, (fields) => {
    const map = new HeaderMap(fields);
    const bytes = bytesOf(`GET /${encodeFields(map)}\r\n`);
    const received = headerMapFromBytes(bytes, 5, bytes.length - 2);
    assertEquals(received.raw(), fields);
    assertEquals([...received], [...map]);
    assertEquals(encodeFields(received), encodeFields(map));
  });
  fc.assert(property, RUNS);
});

Deno.test("a strict client reads what ResponseHeadEncoder writes", () => {
  const encoder = new ResponseHeadEncoder();
  const property = fc.property(
    fc.integer({ min: 200, max: 599 }),
    fields,
    content,
    fc.boolean(),
    (status, fields, body, chunked) => {
      fc.pre(![204, 205, 304].includes(status));
      const headers = new HeaderMap(fields);
      const end = headEnd(1, headers, chunked ? -1 : body.length);
      const start = encoder.encode(status, null, headers, DATE, connectionLine(1, false), end);
      const head = end === CONTENT_LENGTH ? start + body.length + END_OF_LENGTH : start;
      const framing = chunked ? ["transfer-encoding", "chunked"] : ["content-length", `${body.length}`];
      const chunk = body.length === 0 ? "" : `${body.length.toString(16)}\r\n${textOf(body)}\r\n`;
      const [response, ...others] = parseResponses(head + (chunked ? `${chunk}0\r\n\r\n` : textOf(body)), [
        "GET",
      ]);
      assertEquals(others, []);
      assertEquals([response?.status, response?.body], [status, textOf(body)]);
      const added = [["date", DATE], ["connection", "close"], framing];
      assertEquals(response?.fields, [...fields, ...added] as [string, string][]);
    },
  );
  fc.assert(property, RUNS);
});

Deno.test("a strict client reads what interimHead() and refusal() write, one behind the other", () => {
  const property = fc.property(
    fields,
    fc.string({ unit: charOf(range(0x20, 0x7e)), maxLength: 60 }),
    (fields, reason) => {
      const text = interimHead(103, new HeaderMap(fields)) + refusal(431, reason, DATE, true);
      const [interim, final] = parseResponses(text, ["GET"]);
      assertEquals([interim?.status, interim?.fields], [103, fields]);
      assertEquals([final?.status, final?.body], [431, `${reason}\n`]);
    },
  );
  fc.assert(property, RUNS);
});
