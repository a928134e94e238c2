import { assertEquals } from "@std/assert";
import { HeaderMap } from "../../src/http/header_map.ts";
import { cameEncrypted, hostOf, Request, type RequestContext } from "../../src/http/request.ts";
import type { RequestHead } from "../../src/http/request_head.ts";

Deno.test("cameEncrypted() tells it of a request of another copy of the package", async () => {
  const specifier = "../../src/http/request.ts?another";
  const another = await import(specifier) as { readonly Request: typeof Request };
  for (const Made of [Request, another.Request]) {
    for (const secure of [true, false]) {
      const request = new Made({} as RequestHead, { secure } as RequestContext);
      assertEquals(cameEncrypted(request), secure);
    }
  }
});

Deno.test("hostOf() tells the Host of a request of another copy of the package", async () => {
  const specifier = "../../src/http/request.ts?another";
  const another = await import(specifier) as { readonly Request: typeof Request };
  const fields = () => {
    throw new Error("the fields need not be decoded");
  };
  for (const Made of [Request, another.Request]) {
    const head = { host: { text: "a.example" }, fields } as unknown as RequestHead;
    assertEquals(hostOf(new Made(head, {} as RequestContext)), "a.example");
  }
  // One that does not tell.
  assertEquals(hostOf({ headers: new HeaderMap({ host: "a" }) } as unknown as Request), "a");
  assertEquals(hostOf({ headers: new HeaderMap() } as unknown as Request), "");
});

Deno.test("hostOf() looks at the fields once the program has, which may have changed them", () => {
  const fields = () => new HeaderMap({ host: "a" });
  const head = { host: { text: "a" }, fields } as unknown as RequestHead;
  const request = new Request(head, {} as RequestContext);
  request.headers.set("host", "b");
  assertEquals(hostOf(request), "b");
  request.headers.delete("host");
  assertEquals(hostOf(request), "");
});

Deno.test("hostOf() looks at the fields where nothing else tells", () => {
  for (const [fields, expected] of [[new HeaderMap({ Host: "a" }), "a"], [new HeaderMap(), ""]] as const) {
    const head = { host: null, fields: () => fields } as unknown as RequestHead;
    assertEquals(hostOf(new Request(head, {} as RequestContext)), expected);
  }
});
