import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { FIELD_DATE } from "../../src/http/field_name.ts";
import {
  encodeFields,
  fieldsAreAscii,
  framingFields,
  HeaderMap,
  type HeaderMapInit,
} from "../../src/http/header_map.ts";
import { joinCookies } from "../../src/http/received_fields.ts";
import { runtimes } from "../support/runtimes.ts";
import { received } from "./received.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * Turns stack traces off until disposed: creating those of 260,000 errors would take longer than the rest of
 * the tests.
 */
function withoutStacks(): Disposable {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  return { [Symbol.dispose]: () => void (Error.stackTraceLimit = stackTraceLimit) };
}

const BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

Deno.test("HeaderMap accepts pairs, a record, a Map, Headers, another HeaderMap, or nothing", () => {
  const pairs: [string, string][] = [["A", "1"], ["b", "2"]];
  const inits: [HeaderMapInit | undefined, [string, string][]][] = [
    [undefined, []],
    [[], []],
    [pairs, pairs],
    [new Set(pairs), pairs],
    [new Map(pairs), pairs],
    [{ A: "1", b: "2" }, pairs],
    [new Headers(pairs), [["a", "1"], ["b", "2"]]],
    [new HeaderMap(pairs), pairs],
    [received("A:1\nb:2\n"), pairs],
    // A function is also an object.
    [Object.assign(() => {}, { A: "1", b: "2" }) as unknown as HeaderMapInit, pairs],
  ];
  for (const [init, expected] of inits) assertEquals(new HeaderMap(init).raw(), expected);
});

Deno.test("HeaderMap made from another one shares nothing with it", () => {
  const first = new HeaderMap({ date: "x", a: "\xe9" });
  const second = new HeaderMap(first);
  assertEquals([framingFields(second), fieldsAreAscii(second)], [FIELD_DATE, false]);
  second.set("a", "1");
  first.delete("date");
  assertEquals([first.raw(), second.raw()], [[["a", "\xe9"]], [["date", "x"], ["a", "1"]]]);
});

Deno.test("HeaderMap refuses an init that is neither a list of pairs nor a record", () => {
  const refuses = (inits: unknown[], message: string) => {
    for (const init of inits as HeaderMapInit[]) assertThrows(() => new HeaderMap(init), TypeError, message);
  };
  refuses([null, 1, "ab", true, Symbol()], "the init is neither an iterable of pairs nor a record");
  const elements = [["a"], ["a", "b", "c"], "ab", null, 1, []];
  refuses(elements.map((element) => [element]), "an element of the init is not a pair of name and value");
});

Deno.test("HeaderMap works wherever a Headers is read", async () => {
  const map = new HeaderMap([["Set-Cookie", "a"], ["set-cookie", "b"], ["X", "1"], ["x", "2"]]);
  const headers: Headers = map;
  assertEquals(new Headers(headers).getSetCookie(), ["a", "b"]);
  assertEquals(new Headers(headers).get("x"), "1, 2");
  const response = new Response("text", { headers });
  assertEquals([await response.text(), response.headers.get("x")], ["text", "1, 2"]);
  assertEquals(Object.prototype.toString.call(map), "[object HeaderMap]");
});

for (const method of ["append", "set"] as const) {
  Deno.test(`HeaderMap.${method}() takes a token for a name and nothing else`, () => {
    for (const char of BYTES) {
      for (const name of [char, `${char}a`, `a${char}a`, `a${char}`]) {
        const map = new HeaderMap();
        if (TOKEN.test(name)) {
          map[method](name, "1");
          assertEquals(map.raw(), [[name, "1"]]);
        } else {
          assertThrows(() => map[method](name, "1"), TypeError, "name is not a token");
          assertEquals(map.raw(), []);
        }
      }
    }
    assertThrows(() => new HeaderMap()[method]("", "1"), TypeError, `header "": name is not a token`);
  });

  Deno.test(`HeaderMap.${method}() takes any Latin-1 value without control characters`, () => {
    for (const char of BYTES) {
      const good = /^[\t\x20-\x7e\x80-\xff]$/.test(char);
      for (const value of [char, `${char}v`, `v${char}v`, `v${char}`]) {
        const map = new HeaderMap();
        if (good) {
          map[method]("a", value);
          assertEquals(map.raw(), [["a", value.replace(/^[ \t]+|[ \t]+$/g, "")]]);
        } else {
          assertThrows(() => map[method]("a", value), TypeError, "value contains");
          assertEquals(map.raw(), []);
        }
      }
    }
  });

  Deno.test(`HeaderMap.${method}() throws on a line break, also at the ends of a value`, () => {
    for (const value of ["\r\n", "\n", "\r", "a\n", "\na", "a\r\n b", " \n ", "\t\r", "a\r\nset-cookie: b"]) {
      const error = assertThrows(() => new HeaderMap()[method]("x", value), TypeError);
      assertEquals(error.message, `Cannot ${method} header "x": value contains a line break`);
    }
  });

  Deno.test(`HeaderMap.${method}() throws on every code unit above 0xFF, in names and values`, () => {
    const map = new HeaderMap();
    using _ = withoutStacks();
    for (let code = 0x100; code <= 0xffff; code++) {
      const text = `a${String.fromCharCode(code)}`;
      for (const call of [() => map[method](text, "1"), () => map[method]("a", text)]) {
        try {
          call();
        } catch (error) {
          if (error instanceof TypeError) continue;
        }
        throw new Error(`U+${code.toString(16)} was let through`);
      }
    }
    assertEquals(map.raw(), []);
  });

  Deno.test(`HeaderMap.${method}() converts what is not a string as Fetch does`, () => {
    const map = new HeaderMap();
    const call = (name: unknown, value: unknown) => map[method](name as string, value as string);
    call("a", 1);
    call("b", null);
    call("d", ["x", "y"]);
    call(5, { toString: () => " z " });
    assertEquals(map.raw(), [["a", "1"], ["b", "null"], ["d", "x,y"], ["5", "z"]]);
    assertThrows(() => call("a", Symbol()), TypeError);
    assertThrows(() => call(Symbol(), "a"), TypeError);
    assertThrows(() => call("a", { toString: () => "x\ny" }), TypeError, "line break");
    assertThrows(() => call({ toString: () => "x\ny" }, "a"), TypeError, `"x\\ny"`);
  });

  Deno.test(`HeaderMap.${method}() throws on undefined, as a name and as a value`, () => {
    const map = new HeaderMap({ a: "1" });
    const call = (name: unknown, value: unknown) => map[method](name as string, value as string);
    const { message } = assertThrows(() => call("x", undefined), TypeError);
    assertEquals(message, `Cannot ${method} header "x": value is undefined`);
    assertThrows(() => call("a", undefined), TypeError);
    assertThrows(() => call(undefined, "x"), TypeError, `Cannot ${method} header: name is undefined`);
    assertEquals(map.raw(), [["a", "1"]]);
  });

  Deno.test(`HeaderMap.${method}() strips blanks and tabs from the ends of a value`, () => {
    const map = new HeaderMap();
    for (const value of [" a", "a ", "\t a \t", "a"]) {
      map[method]("x", value);
      assertEquals(map.raw().at(-1), ["x", "a"]);
    }
    map[method]("y", " \t ");
    assertEquals(map.get("y"), "");
    map[method]("z", "a \t b");
    assertEquals(map.get("z"), "a \t b");
  });

  Deno.test(`HeaderMap.${method}() checks a value again that was good for another name, or before`, () => {
    const map = new HeaderMap();
    for (let i = 0; i < 3; i++) {
      map[method]("x", "good");
      assertThrows(() => map[method]("x", "bad\n"), TypeError);
      map[method]("x", "caf\xe9");
      assertEquals(fieldsAreAscii(map), false);
    }
    const other = new HeaderMap();
    other[method]("x", "caf\xe9");
    assertEquals(fieldsAreAscii(other), false);
  });
}

Deno.test("HeaderMap describes an invalid value without repeating it", () => {
  const flaws: [string, string][] = [
    ["secret\r", "a line break"],
    ["secret\0", "a NUL"],
    ["secret\x1b[2J", "a control character"],
    ["secret\x7f", "a control character"],
    ["secret\u0100", "a character above U+00FF"],
  ];
  for (const [value, flaw] of flaws) {
    const error = assertThrows(() => new HeaderMap({ "X-A": value }), TypeError);
    assertEquals(error.message, `Cannot append header "X-A": value contains ${flaw}`);
  }
});

Deno.test("HeaderMap escapes and cuts the names in its messages", () => {
  for (
    const name of [...BYTES, "\u2028", "\u202e", "\ud800", "😀", `a"\\b`].map((char) => `${char} ${char}`)
  ) {
    const { message } = assertThrows(() => new HeaderMap().set(name, "1"), TypeError);
    assert(/^Cannot set header "[ -~]*": name is not a token$/.test(message), message);
    assertEquals(JSON.parse(message.slice(18, message.lastIndexOf(":"))), name);
  }
  const { message } = assertThrows(() => new HeaderMap().set(" ".repeat(100_000), "1"), TypeError);
  assert(message.length < 200);
});

Deno.test("HeaderMap.get(), has() and delete() throw on a name that is not a token", () => {
  for (const map of [new HeaderMap(), received("a:b\n")]) {
    for (const name of ["", "a b", "a:", "a\n", "\u0130"]) {
      assertThrows(() => map.get(name), TypeError, "Cannot get header");
      assertThrows(() => map.has(name), TypeError, "Cannot look for header");
      assertThrows(() => map.delete(name), TypeError, "Cannot delete header");
    }
  }
});

Deno.test("HeaderMap supports names of members of objects", () => {
  const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "__defineGetter__"];
  for (const name of names) {
    assertEquals(new HeaderMap().get(name), null);
    assertEquals(new HeaderMap().has(name), false);
    const map = new HeaderMap([[name, "1"]]);
    map.append(name, "2");
    assertEquals([map.get(name), map.has(name), map.raw().length], ["1, 2", true, 2]);
    assertEquals([...map], [[name.toLowerCase(), "1, 2"]]);
    assertEquals(received(`${name}: 3\n`).get(name), "3");
    map.delete(name);
    assertEquals([...map], []);
  }
  assertEquals(new HeaderMap(JSON.parse(`{"__proto__": "1"}`)).raw(), [["__proto__", "1"]]);
});

Deno.test("HeaderMap.get() joins the values in order, set-cookie too, and empty ones", () => {
  const map = new HeaderMap([["a", ""], ["A", "1"], ["set-cookie", "x"], ["a", ""], ["Set-Cookie", "y"]]);
  assertEquals(map.get("A"), ", 1, ");
  assertEquals(map.get("set-cookie"), "x, y");
  assertStrictEquals(map.get("b"), null);
  assertStrictEquals(new HeaderMap({ a: "" }).get("a"), "");
});

Deno.test("HeaderMap joins the values of cookie with a semicolon, and those of no other name", () => {
  const lines: [string, string][] = [["Cookie", "a=1"], ["X-Cook", "1"], ["cookie", "b=2"], ["x-cook", "2"]];
  const given = new HeaderMap(lines);
  const parsed = () => received("Cookie: a=1\nX-Cook: 1\ncookie: b=2\nx-cook: 2\n");
  const takenApart = parsed();
  takenApart.getSetCookie();
  for (const map of [given, parsed(), takenApart]) {
    assertEquals([map.get("COOKIE"), map.get("x-cook")], ["a=1; b=2", "1, 2"]);
    assertEquals([...map], [["cookie", "a=1; b=2"], ["x-cook", "1, 2"]]);
    assertEquals(map.raw(), lines);
  }
});

Deno.test("joinCookies() joins several cookie fields in the position of the first", () => {
  const pairs: [string, string][] = [["a", "1"], ["Cookie", "x"], ["b", "2"], ["COOKIE", "y"], [
    "cookie",
    "z",
  ]];
  assertEquals(joinCookies(pairs), [["a", "1"], ["Cookie", "x; y; z"], ["b", "2"]]);
  assertEquals(joinCookies([]), []);
});

Deno.test("HeaderMap refuses undefined in an init, and as a name to look up", () => {
  assertThrows(() => new HeaderMap({ a: undefined as never }), TypeError, "value is undefined");
  assertThrows(() => new HeaderMap([["a", undefined as never]]), TypeError, "value is undefined");
  assertThrows(() => new HeaderMap().get(undefined as never), TypeError, "name is undefined");
  assertThrows(() => new HeaderMap().has(undefined as never), TypeError, "name is undefined");
  assertThrows(() => new HeaderMap().delete(undefined as never), TypeError, "name is undefined");
});

Deno.test("HeaderMap.set() replaces the first field in place and removes the others", () => {
  const map = new HeaderMap([["a", "1"], ["b", "2"], ["A", "3"], ["c", "4"], ["a", "5"], ["d", "6"]]);
  map.set("A", "7");
  assertEquals(map.raw(), [["A", "7"], ["b", "2"], ["c", "4"], ["d", "6"]]);
  map.set("e", "8");
  assertEquals(map.raw().at(-1), ["e", "8"]);
});

Deno.test("HeaderMap.delete() removes every field of the name and keeps the others in order", () => {
  const map = new HeaderMap([["a", "1"], ["b", "2"], ["A", "3"], ["c", "4"], ["a", "5"]]);
  map.delete("x");
  assertEquals(map.raw().length, 5);
  map.delete("A");
  assertEquals(map.raw(), [["b", "2"], ["c", "4"]]);
});

Deno.test("HeaderMap changes nothing when set() or append() throws", () => {
  for (const map of [new HeaderMap([["a", "1"], ["a", "2"]]), received("a: 1\na: 2\n")]) {
    assertThrows(() => map.set("a", "\0"), TypeError);
    assertThrows(() => map.append("a", "\xe9\0"), TypeError);
    assertEquals(map.raw(), [["a", "1"], ["a", "2"]]);
    assert(fieldsAreAscii(map));
  }
});

Deno.test("HeaderMap iterates sorted and combined, each set-cookie alone", () => {
  const map = new HeaderMap([["X", "1"], ["Set-Cookie", "b"], ["A", "2"], ["x", "3"], ["set-cookie", "a"]]);
  const expected = [["a", "2"], ["set-cookie", "b"], ["set-cookie", "a"], ["x", "1, 3"]];
  assertEquals([...map], expected);
  assertEquals([...map.entries()], expected);
  assertEquals([...map.keys()], expected.map(([name]) => name));
  assertEquals([...map.values()], expected.map(([, value]) => value));
  const seen: unknown[] = [];
  map.forEach(function (this: unknown, value, name, owner) {
    seen.push([name, value]);
    assertStrictEquals(owner, map);
    assertEquals(this, "this");
  }, "this");
  assertEquals(seen, expected);
  assertEquals(map.getSetCookie(), ["b", "a"]);
});

Deno.test("HeaderMap iterators see changes of the map, like those of Headers", () => {
  const map = new HeaderMap([["a", "1"], ["c", "3"]]);
  const names: string[] = [];
  for (const [name] of map) {
    names.push(name);
    if (name === "a") map.append("b", "2");
    if (name === "b") map.delete("c");
    if (name === "b") map.set("d", "4");
  }
  assertEquals(names, ["a", "b", "d"]);
});

Deno.test("HeaderMap returns pairs that the caller may change", () => {
  const map = new HeaderMap({ a: "1" });
  for (const pair of [...map, ...map.raw()]) pair[1] = "changed\r\n";
  assertEquals([[...map], map.raw()], [[["a", "1"]], [["a", "1"]]]);
});

Deno.test("HeaderMap supports more names than it remembers", () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 2000; i++) {
      const map = new HeaderMap({ [`X-Name-${i}`]: `${i}`, ["L".repeat(60 + i % 10)]: "long" });
      assertEquals(map.get(`x-name-${i}`), `${i}`);
      assertEquals(map.get("l".repeat(60 + i % 10)), "long");
    }
  }
  assertThrows(() => new HeaderMap().set("X-Name-1", "\0"), TypeError);
});

Deno.test("HeaderMap agrees with a list of pairs over any sequence of operations", () => {
  const name = fc.constantFrom("a", "A", "b", "Set-Cookie", "set-cookie", "DATE", "x-y");
  const value = fc.string({ unit: "grapheme-ascii", maxLength: 8 });
  const operation = fc.tuple(fc.constantFrom("append", "set", "delete"), name, value);
  fc.assert(fc.property(fc.array(operation, { maxLength: 40 }), fc.boolean(), (operations, fromWire) => {
    const map = fromWire ? received("A: 0\nb: 0\n") : new HeaderMap([["A", "0"], ["b", "0"]]);
    let model: [string, string][] = [["A", "0"], ["b", "0"]];
    for (const [kind, name, value] of operations) {
      const trimmed = value.trim();
      const is = ([other]: [string, string]) => other.toLowerCase() === name.toLowerCase();
      const at = model.findIndex(is);
      if (kind === "delete") {
        map.delete(name);
        model = model.filter((pair) => !is(pair));
      } else if (kind === "append" || at === -1) {
        map[kind === "append" ? "append" : "set"](name, value);
        model.push([name, trimmed]);
      } else {
        map.set(name, value);
        model[at] = [name, trimmed];
        model = model.filter((pair, i) => i <= at || !is(pair));
      }
      assertEquals(map.raw(), model);
      assertEquals(framingFields(map), model.some(([name]) => name === "DATE") ? FIELD_DATE : 0);
    }
    const sent = encodeFields(map).replaceAll("\r\n", "\n");
    assertEquals(received(sent).raw(), model);
    assertEquals([...received(sent)], [...map]);
  }));
});

for (const runtime of runtimes()) {
  Deno.test(`HeaderMap agrees with the Headers of ${runtime.name}`, async () => {
    const [command = "", ...args] = runtime.command;
    const script = decodeURIComponent(new URL("./portable_check.ts", import.meta.url).pathname);
    const { stdout, stderr } = await new Deno.Command(command, { args: [...args, script] }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stdout), "ok\n", decoder.decode(stderr));
  });
}

Deno.test("HeaderMap treats an object without a Symbol.iterator method as a record, like Headers", () => {
  for (const nothing of [undefined, null]) {
    const init = { a: "1", [Symbol.iterator]: nothing } as unknown as Record<string, string>;
    assertEquals(new HeaderMap(init).raw(), [["a", "1"]]);
  }
});
