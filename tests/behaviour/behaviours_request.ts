import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { head, post } from "./raw_client.ts";
import type { Inspection } from "./routes_request.ts";

async function inspect(server: BehaviourServer, request: string): Promise<Inspection> {
  return JSON.parse((await server.ask(request)).text) as Inspection;
}

/** Behaviours of the head of a request. */
export const requestBehaviours: readonly Behaviour[] = [
  {
    name: "Request.method is the method as sent, with its casing",
    async run(server) {
      for (const method of ["GET", "DELETE", "get", "M-SEARCH", "PROPFIND"]) {
        assertEquals((await inspect(server, head(`${method} /inspect`))).method, method);
      }
    },
  },
  {
    name: "Request.uri has path and query of an origin-form target, undecoded",
    async run(server) {
      const { uri } = await inspect(server, head("GET /inspect/%7Ea//b?q=1&r=%20?"));
      assertEquals(uri, {
        form: "origin",
        raw: "/inspect/%7Ea//b?q=1&r=%20?",
        path: "/inspect/%7Ea//b",
        query: "q=1&r=%20?",
        authority: null,
        text: "/inspect/%7Ea//b?q=1&r=%20?",
      });
    },
  },
  {
    name: "Request.uri has the authority of an absolute-form target, which takes precedence over Host",
    async run(server) {
      const { uri } = await inspect(server, head("GET http://a.test:81/inspect?x"));
      assertEquals([uri.form, uri.authority, uri.path, uri.query], [
        "absolute",
        "a.test:81",
        "/inspect",
        "x",
      ]);
      assertEquals(uri.raw, "http://a.test:81/inspect?x");
      const web = JSON.parse((await server.ask(head("GET http://a.test:81/web?x"))).text);
      assertEquals(web.url, "http://a.test:81/web?x");
    },
  },
  {
    name: "Request.uri has the asterisk-form of OPTIONS",
    async run(server) {
      const { method, uri } = await inspect(server, head("OPTIONS *"));
      assertEquals([method, uri.form, uri.raw, uri.path], ["OPTIONS", "asterisk", "*", "*"]);
    },
  },
  {
    name: "Request.uri has the authority-form of CONNECT",
    async run(server) {
      const response = await server.ask(head("CONNECT elsewhere.test:443"));
      assertEquals(response.status, 405);
      const { uri } = JSON.parse(response.text) as Inspection;
      assertEquals([uri.form, uri.authority, uri.path], ["authority", "elsewhere.test:443", ""]);
    },
  },
  {
    name: "Request.version tells HTTP/1.0 from HTTP/1.1",
    async run(server) {
      for (const [version, seen] of [["1.0", "1.0"], ["1.1", "1.1"], ["1.7", "1.1"]] as const) {
        const request = `GET /inspect HTTP/${version}\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        assertEquals((await inspect(server, request)).version, seen);
      }
    },
  },
  {
    name: "Request.headers combines fields, and raw() lists them as received",
    async run(server) {
      const request = head(
        "GET /inspect",
        "X-List: a",
        "ACCEPT:*/*  ",
        "x-list:\tb, c",
        "Cookie: a=1",
        "cookie: b=2",
      );
      const { headers, raw } = await inspect(server, request);
      assertEquals(raw, [
        ["Host", "localhost"],
        ["X-List", "a"],
        ["ACCEPT", "*/*"],
        ["x-list", "b, c"],
        ["Cookie", "a=1"],
        ["cookie", "b=2"],
      ]);
      const combined = new Map(headers);
      assertEquals(combined.get("x-list"), "a, b, c");
      assertEquals(combined.get("accept"), "*/*");
      assertEquals(combined.get("cookie"), "a=1; b=2");
    },
  },
  {
    name: "Request.headers supports __proto__, Latin-1 and an empty value",
    async run(server) {
      using client = await server.connect();
      const request = head(
        "GET /inspect",
        "__proto__: polluted",
        "X-Empty:",
        "X-Name: J?rgen",
        "Set-Cookie: a",
        "Set-Cookie: b",
      );
      const bytes = new TextEncoder().encode(request);
      bytes[request.indexOf("?")] = 0xfc;
      await client.send(bytes);
      const { headers, setCookie } = JSON.parse((await client.readResponse()).text) as Inspection;
      const seen = new Map(headers);
      assertEquals(seen.get("__proto__"), "polluted");
      assertEquals(seen.get("x-empty"), "");
      assertEquals(seen.get("x-name"), "Jürgen");
      assertEquals(setCookie, ["a", "b"]);
    },
  },
  {
    name: "Request.remoteAddress is the client's own address",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /inspect"));
      const { remoteAddress } = JSON.parse((await client.readResponse()).text) as Inspection;
      assertEquals(remoteAddress, { hostname: "127.0.0.1", port: client.localPort });
    },
  },
  {
    name: "Request arrives whole however its bytes are split",
    async run(server) {
      using client = await server.connect();
      for (const byte of new TextEncoder().encode(post("/inspect?n=1", "bödy", "X-A: 1"))) {
        await client.send(Uint8Array.of(byte));
      }
      const { uri, body, raw } = JSON.parse((await client.readResponse()).text) as Inspection;
      assertEquals([uri.query, body], ["n=1", "bödy"]);
      assertEquals(raw[2], ["X-A", "1"]);
    },
  },
  {
    name: "Request.toWeb() is a Fetch Request with url, method, headers and content",
    async run(server) {
      const response = await server.ask(
        post("/web?q=%20", "hëllo", "X-List: a", "X-List: b", "Cookie: c=1", "cookie: d=2"),
      );
      const web = JSON.parse(response.text);
      assertEquals(web.isRequest, true);
      assertEquals(web.method, "POST");
      assertEquals(web.url, "http://localhost/web?q=%20");
      assertEquals(new Map(web.headers).get("x-list"), "a, b");
      assertEquals(new Map(web.headers).get("cookie"), "c=1; d=2");
      assertEquals(web.text, "hëllo");
      assertStringIncludes(web.again, "TypeError: Cannot read the body");
    },
  },
  {
    name: "Request.toWeb() has no body if the request has none, and the target's own URL in absolute-form",
    async run(server) {
      const get = JSON.parse((await server.ask(head("GET http://a.test:81/web?x"))).text);
      assertEquals([get.url, get.method, get.hasBody, get.text], [
        "http://a.test:81/web?x",
        "GET",
        false,
        "",
      ]);
      const old = JSON.parse((await server.ask("GET /web HTTP/1.0\r\n\r\n")).text);
      assertMatch(old.url, /^http:\/\/localhost:\d+\/web$/, "there need not be a Host in HTTP/1.0");
    },
  },
  {
    name: "Request.toWeb() throws for requests that Fetch cannot express",
    async run(server) {
      assertEquals((await server.ask(head("TRACE /web-error"))).text, "TypeError");
      const request = head("GET /web-error", "Content-Length: 1") + "x";
      assertEquals((await server.ask(request)).text, "TypeError");
    },
  },
  {
    name: "a malformed request gets its status and the connection is closed",
    async run(server) {
      const refused = [
        ["GET / HTTP/1.1\r\n\r\n", 400],
        ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
        [head("GET /", "no colon"), 400],
        [head("POST /", "Transfer-Encoding: gzip, chunked"), 501],
        [head("GET /", `X-Large: ${"x".repeat(40_000)}`), 431],
        [head(`GET /${"x".repeat(40_000)}`), 414],
      ] as const;
      for (const [request, status] of refused) {
        using client = await server.connect();
        await client.send(request + head("GET /inspect"));
        const response = await client.readResponse();
        assertEquals(response.status, status, request.slice(0, 60));
        assertEquals(response.header("connection"), "close");
        assertEquals(response.header("content-type"), "text/plain");
        assert(response.text.length > 0 && !response.text.includes("xxx"), response.text);
        assertEquals(await client.readToEnd(), "", "nothing behind it is answered");
      }
    },
  },
];
