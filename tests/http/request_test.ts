import { assertEquals } from "@std/assert";
import { cameEncrypted, Request, type RequestContext } from "../../src/http/request.ts";
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
