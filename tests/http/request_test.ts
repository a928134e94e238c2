import { assertEquals, assertThrows } from "@std/assert";
import { HeaderMap } from "../../src/http/header_map.ts";
import { absoluteUrl, Request, type RequestContext } from "../../src/http/request.ts";
import type { RequestHead } from "../../src/http/request_head.ts";

/** Creates the head of `GET /a`. */
function headOf(host: string | null, fields: () => HeaderMap): RequestHead {
  const known = { host: () => host, target: () => "/a", fields };
  return { method: "GET", form: "origin", ...known } as unknown as RequestHead;
}

function contextOf(secure: boolean, localPort = 0): RequestContext {
  const { signal } = new AbortController();
  return {
    secure,
    localPort,
    body: null,
    forwardedHost: null,
    signal: () => signal,
  } as unknown as RequestContext;
}

Deno.test("absoluteUrl() finds the URL of a request of another copy of the package", async () => {
  const specifier = "../../src/http/request.ts?another";
  const another = await import(specifier) as { readonly Request: typeof Request };
  const fields = () => {
    throw new Error("the fields need not be decoded");
  };
  for (const Made of [Request, another.Request]) {
    const head = headOf("a.example", fields);
    assertEquals(absoluteUrl(new Made(head, contextOf(false))), "http://a.example/a");
    assertEquals(absoluteUrl(new Made(head, contextOf(true))), "https://a.example/a");
  }
});

Deno.test("absoluteUrl() looks at the fields once the program has, which may have changed them", () => {
  const request = new Request(headOf("a", () => new HeaderMap({ host: "a" })), contextOf(false));
  request.headers.set("host", "b");
  assertEquals(absoluteUrl(request), "http://b/a");
  request.headers.delete("host");
  assertEquals(absoluteUrl(request), "http://localhost/a");
});

Deno.test("absoluteUrl() looks at the fields where the parser did not note the host", () => {
  for (
    const [fields, host] of [[new HeaderMap({ Host: "a" }), "a"], [new HeaderMap(), "localhost"]] as const
  ) {
    assertEquals(absoluteUrl(new Request(headOf(null, () => fields), contextOf(false))), `http://${host}/a`);
  }
});

Deno.test("absoluteUrl() takes the host that a trusted proxy has forwarded, whatever the fields say", () => {
  const context = { ...contextOf(true), forwardedHost: "b.example" };
  const request = new Request(headOf("a", () => new HeaderMap({ host: "a" })), context);
  assertEquals(absoluteUrl(request), "https://b.example/a");
  request.headers.set("host", "c");
  assertEquals(absoluteUrl(request), "https://b.example/a");
});

Deno.test("Request.toWeb() has the URL of absoluteUrl()", () => {
  for (const [host, port, url] of [["A:80", 81, "http://a/a"], ["", 81, "http://localhost:81/a"]] as const) {
    const request = new Request(headOf(null, () => new HeaderMap({ host })), contextOf(false, port));
    assertEquals([absoluteUrl(request), request.toWeb().url], [url, url]);
  }
  const request = new Request(headOf("1.2.3.999", () => new HeaderMap()), contextOf(false));
  assertEquals(absoluteUrl(request), null);
  assertThrows(
    () => request.toWeb(),
    TypeError,
    "Cannot make a Fetch request: no URL can have what Host says",
  );
});
