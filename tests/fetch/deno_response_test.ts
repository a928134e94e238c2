import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { denoPartsReader } from "../../src/fetch/deno_response.ts";

const read = denoPartsReader();
const TEXT = [["content-type", "text/plain;charset=UTF-8"]];

Deno.test("denoPartsReader() finds what this Deno keeps", () => {
  assertNotStrictEquals(read, null);
  assertEquals(read!(new Response("text")), { body: "text", fields: TEXT });
  assertEquals(read!(new Response("")), { body: "", fields: TEXT });
  const json = Response.json({ a: 1 });
  assertEquals(read!(json), { body: '{"a":1}', fields: [["content-type", "application/json"]] });
  assertEquals(read!(new Response(null)), { body: null, fields: null });
  assertEquals(read!(new Response(Uint8Array.of(1))), { body: Uint8Array.of(1), fields: null });
  const blob = new Blob(["text"]);
  assertStrictEquals(read!(new Response(blob))?.body, blob);
});

Deno.test("denoPartsReader() leaves fields to the runtime that were given or may have been changed", () => {
  const touched = new Response("text");
  touched.headers.delete("content-type");
  const changed = Response.json("text");
  changed.headers.append("a", "1");
  const given = new Response("text", { headers: { a: "1" } });
  for (const web of [touched, changed, given, new Response("text", { headers: [["content-type", "a/b"]] })]) {
    assertEquals(read!(web)?.fields, null);
  }
});

Deno.test("denoPartsReader() knows nothing of a body that has been used, or is a stream", async () => {
  const used = [new Response("text"), Response.json("text"), new Response("text", { headers: { a: "1" } })];
  for (const web of used) {
    await web.text();
    assertEquals(read!(web), null);
  }
  const locked = new Response(new Blob(["text"]));
  locked.body!.getReader();
  assertEquals(read!(locked), null);
  const stream = new Response(new Blob(["text"]).stream());
  assertEquals(read!(stream), null);
  await stream.text();
});

const [TEXT_KEPT, TYPE_KEPT, WHOLE_KEPT] = [Symbol("text"), Symbol("type"), Symbol("whole")];

/** What another Deno may keep otherwise. */
interface Ways {
  readonly wholeIsKept?: boolean;
  readonly textStaysWhenUsed?: boolean;
  readonly textStaysWhenFieldsAreTouched?: boolean;
  readonly textIsKeptBesideFields?: boolean;
  readonly typeIsWrong?: boolean;
}

/** A `Response` of another Deno: no more of one than the reader looks at. */
function responseClass(ways: Ways): typeof Response {
  const members = (web: object) => web as Record<symbol, unknown>;
  class OtherResponse {
    readonly #headers: Headers;

    constructor(text: string, init: ResponseInit = {}, type: string | null = null) {
      this.#headers = new Headers(init.headers);
      const given = this.#headers.get("content-type");
      if (given === null) this.#headers.set("content-type", type ?? TEXT[0]![1]!);
      const isPlain = init.headers === undefined ||
        (ways.textIsKeptBesideFields && [...this.#headers].length === 1);
      if (ways.wholeIsKept !== false) {
        members(this)[WHOLE_KEPT] = { body: { streamOrStatic: { body: text, consumed: false } } };
      }
      if (!isPlain) return;
      members(this)[TEXT_KEPT] = text;
      members(this)[TYPE_KEPT] = ways.typeIsWrong && init.status === 201 ? "a/b" : given ?? type;
    }

    get headers(): Headers {
      if (!ways.textStaysWhenFieldsAreTouched) members(this)[TEXT_KEPT] = null;
      return this.#headers;
    }

    text(): void {
      members(this)[WHOLE_KEPT] = members(this)[TYPE_KEPT] = null;
      if (!ways.textStaysWhenUsed) members(this)[TEXT_KEPT] = null;
    }

    clone(): OtherResponse {
      return this;
    }

    static json(value: unknown, init?: ResponseInit): OtherResponse {
      return new OtherResponse(JSON.stringify(value), init, "application/json");
    }
  }
  return OtherResponse as unknown as typeof Response;
}

/** What is read there of text, of JSON and of text with fields; `null` where nothing can be. */
function readThere(ways: Ways): unknown {
  const here = globalThis.Response;
  const There = responseClass(ways);
  globalThis.Response = There;
  try {
    const read = denoPartsReader();
    const webs = [new There("a"), There.json(1), new There("b", { headers: { "content-type": "a/b" } })];
    return read && webs.map((web) => read(web)?.fields);
  } finally {
    globalThis.Response = here;
  }
}

Deno.test("denoPartsReader() believes another Deno's fields only where all of its samples bear them out", () => {
  assertEquals(readThere({}), [TEXT, [["content-type", "application/json"]], null]);
  assertEquals(readThere({ typeIsWrong: true }), [null, null, null]);
  assertEquals(readThere({ textStaysWhenUsed: true }), [null, null, null]);
  assertEquals(readThere({ textStaysWhenFieldsAreTouched: true }), [null, null, null]);
  assertEquals(readThere({ textIsKeptBesideFields: true }), [null, null, null]);
  assertEquals(readThere({ wholeIsKept: false }), null);
});
