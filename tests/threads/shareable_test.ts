import { assertEquals, assertThrows } from "@std/assert";
import { assertShareable, copyState } from "../../src/threads/shareable.ts";

const memory = new SharedArrayBuffer(64);

class Counter {
  count = 0;
}
class Bytes extends Uint8Array<SharedArrayBuffer> {}
class List extends Array<number> {}

const SHAREABLE: Readonly<Record<string, unknown>> = {
  "undefined": undefined,
  "null": null,
  "a string": "text",
  "NaN": NaN,
  "a bigint": 1n,
  "a boolean": false,
  "a SharedArrayBuffer": memory,
  "every kind of view of one": [
    new Int8Array(memory),
    new Uint8Array(memory),
    new Uint8ClampedArray(memory),
    new Int16Array(memory),
    new Uint16Array(memory),
    new Int32Array(memory),
    new Uint32Array(memory),
    new Float32Array(memory),
    new Float64Array(memory),
    new BigInt64Array(memory),
    new BigUint64Array(memory),
    new DataView(memory),
  ],
  "nested objects and arrays": { users: [{ name: "Ada", tags: [] }], limits: { bytes: 10 } },
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "a frozen object": Object.freeze({ list: Object.freeze([1]) }),
  "an array with a hole": [1, , 3], // deno-lint-ignore-line no-sparse-arrays
  "keys that a prototype has too": JSON.parse('{ "constructor": 1, "toString": { "hasOwnProperty": 2 } }'),
  "a key __proto__": JSON.parse('{ "__proto__": { "list": [1] } }'),
};

const REFUSED: Readonly<Record<string, readonly [state: unknown, path: string, reason: string]>> = {
  "a function": [() => {}, "state", "it is a function"],
  "a function deep inside": [{ users: [{ name: () => {} }] }, "state.users[0].name", "it is a function"],
  "a method": [{ get() {} }, "state.get", "it is a function"],
  "a class": [{ Counter }, "state.Counter", "it is a class"],
  "a symbol": [[Symbol("s")], "state[0]", "it is a symbol"],
  "an instance of a class": [{ counter: new Counter() }, "state.counter", "it is an instance of Counter"],
  "an instance of a nameless class": [new (class {})(), "state", "it is not a plain object"],
  "an object with another for its prototype": [Object.create({ a: 1 }), "state", "it is not a plain object"],
  "a Date": [{ at: new Date() }, "state.at", "it is an instance of Date"],
  "a Map": [new Map(), "state", "it is an instance of Map"],
  "a Set": [new Set(), "state", "it is an instance of Set"],
  "a RegExp": [/a/, "state", "it is an instance of RegExp"],
  "an Error": [new RangeError(), "state", "it is an instance of RangeError"],
  "a promise": [Promise.resolve(), "state", "it is an instance of Promise"],
  "a boxed string": [Object("text"), "state", "it is an instance of String"],
  "an ArrayBuffer": [
    new ArrayBuffer(8),
    "state",
    "it is an ArrayBuffer; threads share a SharedArrayBuffer",
  ],
  "a typed array over an ArrayBuffer": [
    { hits: new BigInt64Array(8) },
    "state.hits",
    "it is a view of an ArrayBuffer; threads share a SharedArrayBuffer",
  ],
  "a DataView over an ArrayBuffer": [
    new DataView(new ArrayBuffer(8)),
    "state",
    "it is a view of an ArrayBuffer; threads share a SharedArrayBuffer",
  ],
  "an instance of a typed array's subclass": [new Bytes(memory), "state", "it is an instance of Bytes"],
  "an instance of an array's subclass": [{ list: List.of(1) }, "state.list", "it is an instance of List"],
  "what inherits from an array": [Object.create(Array.prototype), "state", "it is an instance of Array"],
  "an array with the prototype of an object": [
    Object.setPrototypeOf([], Object.prototype),
    "state",
    "it is not a plain object",
  ],
  "an array with a name": [
    { list: Object.assign([1], { extra: 2 }) },
    "state.list.extra",
    "an array has only elements",
  ],
  "a getter": [
    {
      get hits() {
        return 1;
      },
    },
    "state.hits",
    "it is an accessor",
  ],
  "a setter": [
    {
      set hits(value: number) {
        void value;
      },
    },
    "state.hits",
    "it is an accessor",
  ],
  "a getter among the elements": [
    Object.defineProperty([1], "0", { get: () => 1, enumerable: true }),
    "state[0]",
    "it is an accessor",
  ],
  "a hidden property": [
    Object.defineProperty({}, "hits", { value: 1 }),
    "state.hits",
    "it is not enumerable",
  ],
  "a symbol for a key": [{ [Symbol("s")]: 1 }, "state[Symbol(s)]", "its key is a symbol"],
  "a function under an odd key": [{ "a b": { "": () => {} } }, 'state["a b"][""]', "it is a function"],
  "a function under __proto__": [
    Object.defineProperty({}, "__proto__", { value: { f: () => {} }, enumerable: true }),
    "state.__proto__.f",
    "it is a function",
  ],
};

for (const [name, state] of Object.entries(SHAREABLE)) {
  Deno.test(`assertShareable() accepts ${name}, and it arrives as it is`, () => {
    assertShareable(state);
    assertEquals(copyState(state), state);
  });
}

for (const [name, [state, path, reason]] of Object.entries(REFUSED)) {
  Deno.test(`assertShareable() refuses ${name}`, () => {
    const { message } = assertThrows(() => assertShareable(state), TypeError);
    assertEquals(message, `Cannot share ${path}: ${reason}`);
  });
}

Deno.test("assertShareable() accepts an object that stands in several places", () => {
  const user = { name: "Ada" };
  assertShareable({ first: user, all: [user, user] });
});

Deno.test("assertShareable() looks at each object once, however often it stands in others", () => {
  let state: unknown = "leaf";
  for (let level = 0; level < 60; level++) state = [state, state];
  assertShareable(state);
});

Deno.test("assertShareable() refuses what contains itself", () => {
  const user: Record<string, unknown> = { name: "Ada" };
  user["friends"] = [user];
  const { message } = assertThrows(() => assertShareable({ user }), TypeError);
  assertEquals(message, "Cannot share state.user.friends[0]: it contains itself");
});

Deno.test("assertShareable() refuses what is nested very deep, without running out of stack", () => {
  let state: unknown = 1;
  for (let level = 0; level < 100_000; level++) state = { a: state };
  const { message } = assertThrows(() => assertShareable(state), TypeError);
  assertEquals(
    message,
    `Cannot share state${".a".repeat(10)} … ${".a".repeat(10)}: it is nested more than 200 levels deep`,
  );
});

Deno.test("copyState() names the place of a proxy, which looks like what it stands for", () => {
  for (const [path, wrap] of [["state.users[1].tags", "tags"], ["state.users[1]", "user"]] as const) {
    const tags = ["a"];
    const user = { name: "Ada", tags: wrap === "tags" ? new Proxy(tags, {}) : tags };
    const state = { users: [{}, wrap === "user" ? new Proxy(user, {}) : user] };
    assertShareable(state);
    const { message } = assertThrows(() => copyState(state), TypeError);
    assertEquals(message, `Cannot share ${path}: it cannot be copied`);
  }
});

Deno.test("assertShareable() does not call getters", () => {
  let called = false;
  const state = {
    get hits() {
      called = true;
      return 1;
    },
  };
  assertThrows(() => assertShareable(state), TypeError, "it is an accessor");
  assertEquals(called, false);
});
