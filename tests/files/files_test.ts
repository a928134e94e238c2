import { assert, assertEquals } from "@std/assert";
import { RawClient, type RawResponse } from "../behaviour/raw_client.ts";
import { type Fixture, startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { ask, askOnce, type FileRequest } from "./files_client.ts";
import { HOSTILE_PATHS } from "./path_table.ts";
import { BIG_SIZE, pattern, Site } from "./site.ts";

/** What a behaviour is tested with. */
interface Context {
  readonly site: Site;
  readonly server: Fixture;
  /** Asks over a connection of its own. */
  get(variant: string, target: string, fields?: Readonly<Record<string, string>>): Promise<RawResponse>;
  request(request: FileRequest): Promise<RawResponse>;
}

type Behaviour = (context: Context) => Promise<void>;

/** The two ways in which the same site is served: by a handler, and by a Fetch function. */
const WAYS = ["handle", "fetch"] as const;

/** What hostile paths may lead to once a URL has resolved them. */
const PUBLIC: readonly string[] = ["/", "/public.txt", "/sub/", "/sub/page.html"];

/** Behaviours that both ways share. */
const SHARED: Readonly<Record<string, (context: Context, way: string) => Promise<void>>> = {
  "a file is sent with its type, size and validators": async ({ get }, way) => {
    const answer = await get(way, "/public.txt");
    assertEquals([answer.status, answer.text], [200, "public"]);
    assertEquals(answer.header("content-type"), "text/plain; charset=utf-8");
    assertEquals(answer.header("content-length"), "6");
    assertEquals(answer.header("accept-ranges"), "bytes");
    assertEquals(answer.header("cache-control"), "no-cache");
    assert(/^"[0-9a-z]+-6"$/.test(answer.header("etag")!), answer.header("etag")!);
    assert(Date.parse(answer.header("last-modified")!) <= Date.now());
    assertEquals([answer.header("vary"), answer.header("transfer-encoding")], [null, null]);
  },

  "a file of several reads arrives whole": async ({ get }, way) => {
    const answer = await get(way, "/big.bin");
    assertEquals(answer.header("content-length"), `${BIG_SIZE}`);
    assertEquals(answer.header("content-type"), "application/octet-stream");
    assertBytes(answer.body, pattern(BIG_SIZE));
  },

  "names are decoded": async ({ get }, way) => {
    assertEquals((await get(way, "/name%20with%20blanks%20%C3%BC.txt")).text, "named");
    assertEquals((await get(way, "/percent%252e.txt")).text, "percent");
    assertEquals((await get(way, "/public.txt?v=1&x=/../..")).text, "public");
  },

  "an empty file has a size of 0, and no range": async ({ get }, way) => {
    for (const fields of [{}, { range: "bytes=0-" }, { range: "bytes=-1" }]) {
      const answer = await get(way, "/empty.txt", fields);
      assertEquals([answer.status, answer.header("content-length"), answer.text], [200, "0", ""]);
    }
  },

  "HEAD has the fields of GET and no content": async ({ server, get, request }, way) => {
    for (const target of ["/public.txt", "/big.bin", "/empty.txt", "/", "/missing", "/sub"]) {
      const got = await get(way, target);
      const head = await request({ variant: way, target, method: "HEAD", fields: { range: "bytes=0-1" } });
      // A length that is not known is not told: RFC 9110 section 8.6.
      const isEmpty = got.text === "" && got.status !== 200;
      const fields = (answer: RawResponse) =>
        answer.fields
          .filter(([name]) => name !== "date" && !(isEmpty && name === "content-length"))
          .sort(([a], [b]) => a.localeCompare(b));
      assertEquals([head.status, fields(head)], [got.status, fields(got)], target);
    }
    using client = await RawClient.connect(server.port);
    for (const target of ["/big.bin", "/public.txt"]) {
      await ask(client, { variant: way, target, method: "HEAD" });
      assertEquals((await ask(client, { variant: way, target: "/public.txt" })).text, "public");
    }
  },

  "other methods get 405 and the methods that there are": async ({ request }, way) => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"]) {
      // Fetch has no TRACE: its adapter does not get as far.
      if (method === "TRACE" && way === "fetch") continue;
      for (const target of ["/public.txt", "/missing"]) {
        const answer = await request({ variant: way, target, method });
        assertEquals([answer.status, answer.header("allow"), answer.text], [405, "GET, HEAD", ""], method);
      }
    }
  },

  "a folder has an index, and is redirected to its slash": async ({ get }, way) => {
    assertEquals((await get(way, "/")).text, "<h1>Home</h1>");
    const index = await get(way, "/sub/");
    assertEquals([index.text, index.header("content-type")], ["<h1>Sub</h1>", "text/html; charset=utf-8"]);
    for (
      const [target, location] of [["/sub", "/sub/"], ["/sub?a=/b", "/sub/?a=/b"], ["/s%75b", "/s%75b/"]]
    ) {
      const answer = await get(way, target!);
      assertEquals([answer.status, answer.header("location"), answer.text], [301, location, ""]);
    }
    assertEquals((await get(way, "/noindex/")).status, 404);
    assertEquals((await get(way, "/noindex/file.txt")).text, "file");
  },

  "a single range": async ({ get }, way) => {
    const whole = pattern(BIG_SIZE);
    const cases: readonly (readonly [range: string, start: number, end: number])[] = [
      ["bytes=0-0", 0, 1],
      ["bytes=100-70099", 100, 70_100],
      ["bytes=65536-", 65_536, BIG_SIZE],
      ["bytes=-65536", BIG_SIZE - 65_536, BIG_SIZE],
      ["bytes=-1", BIG_SIZE - 1, BIG_SIZE],
      ["bytes=0-999999", 0, BIG_SIZE],
    ];
    for (const [range, start, end] of cases) {
      const answer = await get(way, "/big.bin", { range });
      assertEquals(answer.status, 206);
      assertEquals(answer.header("content-range"), `bytes ${start}-${end - 1}/${BIG_SIZE}`);
      assertEquals(answer.header("content-length"), `${end - start}`);
      assertBytes(answer.body, whole.slice(start, end));
    }
  },

  "several ranges are parts": async ({ get }, way) => {
    const ranges = [[5, 9], [100_000, 199_999], [BIG_SIZE - 3, BIG_SIZE - 1], [0, 0]] as const;
    const answer = await get(way, "/big.bin", { range: `bytes=${ranges.map((range) => range.join("-"))}` });
    assertEquals([answer.status, answer.header("content-range")], [206, null]);
    const type = /^multipart\/byteranges; boundary=([0-9a-f]+)$/.exec(answer.header("content-type")!);
    const parts = partsOf(answer.body, type![1]!);
    assertEquals(
      parts.map(({ fields }) => fields),
      ranges.map(([first, last]) => [
        "content-type: application/octet-stream",
        `content-range: bytes ${first}-${last}/${BIG_SIZE}`,
      ]),
    );
    const whole = pattern(BIG_SIZE);
    for (const [i, [first, last]] of ranges.entries()) {
      assertBytes(parts[i]!.content, whole.slice(first, last + 1));
    }
  },

  "parts of about 64 KiB, one after the other": async ({ get }, way) => {
    const whole = pattern(BIG_SIZE);
    for (const size of [65_535, 65_536, 66_000, 67_600]) {
      const starts = [0, 1, 2, 3].map((i) => i * 70_000);
      const range = `bytes=${starts.map((start) => `${start}-${start + size - 1}`)}`;
      const answer = await get(way, "/big.bin", { range });
      const parts = partsOf(answer.body, answer.header("content-type")!.replace(/^.*boundary=/, ""));
      assertEquals(parts.length, starts.length);
      for (const [i, start] of starts.entries()) {
        assertBytes(parts[i]!.content, whole.slice(start, start + size));
      }
    }
  },

  "a range beyond the end gets 416, too much of them the whole file": async ({ get }, way) => {
    const beyond = await get(way, "/public.txt", { range: "bytes=6-" });
    assertEquals([beyond.status, beyond.header("content-range"), beyond.text], [416, "bytes */6", ""]);
    assertEquals(beyond.header("content-type"), null);
    for (const range of ["bytes=0-3,2-5", `bytes=${"0-0,".repeat(1000)}`, "bytes=x", "chars=0-1"]) {
      const answer = await get(way, "/public.txt", { range });
      assertEquals([answer.status, answer.text], [200, "public"], range);
    }
  },

  "conditions and If-Range": async ({ get }, way) => {
    const first = await get(way, "/big.bin");
    const [etag, modified] = [first.header("etag")!, first.header("last-modified")!];
    for (const fields of [{ "if-none-match": etag }, { "if-modified-since": modified }]) {
      const answer = await get(way, "/big.bin", fields);
      assertEquals([answer.status, answer.header("etag"), answer.body.length], [304, etag, 0]);
      assertEquals([answer.header("content-type"), answer.header("last-modified")], [null, null]);
      assertEquals(answer.header("cache-control"), "no-cache");
    }
    const failed = await get(way, "/big.bin", { "if-match": '"other"' });
    assertEquals([failed.status, failed.header("content-type"), failed.text], [412, null, ""]);
    for (const validator of [etag, modified]) {
      const answer = await get(way, "/big.bin", { range: "bytes=0-1", "if-range": validator });
      assertEquals([answer.status, answer.body.length], [206, 2]);
    }
    const other = await get(way, "/big.bin", { range: "bytes=0-1", "if-range": '"other"' });
    assertEquals([other.status, other.body.length], [200, BIG_SIZE]);
    assertEquals((await get(way, "/missing", { "if-match": "*" })).status, 404);
  },

  "a file that is replaced has another entity tag": async ({ site, get }, way) => {
    const path = `${site.root}/changing_${way}.txt`;
    await Deno.writeTextFile(path, "one");
    const before = (await get(way, `/changing_${way}.txt`)).header("etag")!;
    await Deno.writeTextFile(path, "two");
    await Deno.utime(path, new Date(), new Date(Date.now() + 1));
    const answer = await get(way, `/changing_${way}.txt`, { "if-none-match": before });
    assertEquals([answer.status, answer.text], [200, "two"]);
  },

  "links are followed to files below the root": async ({ get }, way) => {
    assertEquals((await get(way, "/inside.txt")).text, "public");
    assertEquals((await get(way, "/inside/page.html")).text, "page");
    assertEquals((await get(way, "/inside")).header("location"), "/inside/");
  },

  "nothing else is found by any path": async ({ server }, way) => {
    for (const target of HOSTILE_PATHS) {
      const answer = await askOnce(server.port, { variant: way, target });
      assert(!/SECRET|root:/.test(answer.text), `${target} gets ${answer.text}`);
      // A Fetch function is given a URL, which has resolved dot segments and back slashes.
      const allowed = way === "fetch" ? [400, 404, 200, 301] : [400, 404];
      assert(allowed.includes(answer.status), `${target} gets ${answer.statusLine}`);
      const { pathname } = new URL(`http://host${target.startsWith("/") ? target : "/"}`);
      if (answer.status === 200) assert(PUBLIC.includes(pathname), `${target} gets the file ${pathname}`);
      const location = answer.header("location");
      assert(location === null || /^\/[^/\\]/.test(location), `${target} leads to ${location}`);
    }
  },

  "a client that goes away leaves no file open": async ({ site, server }, way) => {
    for (let i = 0; i < 3; i++) {
      const client = await RawClient.connect(server.port);
      await client.send(`GET /huge.bin HTTP/1.1\r\nHost: ${way}\r\n\r\n`);
      await client.readExactly(100_000);
      // Deno has it open twice while it reads.
      assert(openFiles(server.pid, `${site.root}/huge.bin`) >= 1);
      client.close();
      await until("the file is closed", () => openFiles(server.pid, `${site.root}/huge.bin`) === 0);
    }
    await until("the error is told", () => server.stderr.length >= 3);
    for (const line of server.stderr.splice(0)) assert(line.startsWith("ConnectionClosedError"), line);
  },

  "a file that becomes shorter is cut": async ({ site, server }, way) => {
    const path = `${site.root}/shrinking_${way}.bin`;
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 100_000_000);
    using client = await RawClient.connect(server.port);
    await client.send(`GET /shrinking_${way}.bin HTTP/1.1\r\nHost: ${way}\r\n\r\n`);
    const head = await client.readHead();
    assertEquals(head.header("content-length"), "100000000");
    await client.readExactly(1000);
    await Deno.truncate(path, 500_000);
    const count = await client.drain();
    assert(count < 99_000_000, `${count} bytes came`);
    await until("the error is told", () => server.stderr.length > 0);
    const [line] = server.stderr.splice(0);
    assert(line!.startsWith("FileChangedError: Cannot send file"), line);
    assertEquals(openFiles(server.pid, path), 0);
  },

  "a file that becomes longer is sent to the length that was announced": async ({ site, server }, way) => {
    const path = `${site.root}/growing_${way}.bin`;
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 30_000_000);
    using client = await RawClient.connect(server.port);
    await client.send(`GET /growing_${way}.bin HTTP/1.1\r\nHost: ${way}\r\n\r\n`);
    assertEquals((await client.readHead()).header("content-length"), "30000000");
    await Deno.truncate(path, 40_000_000);
    await client.readExactly(30_000_000);
    assertEquals((await ask(client, { variant: way, target: "/public.txt" })).text, "public");
  },
};

/** Behaviours of single options, and of `sendFile`. */
const SINGLE: Readonly<Record<string, Behaviour>> = {
  "symlinks": async ({ get }) => {
    assertEquals((await get("follow", "/escape.txt")).text, "SECRET");
    assertEquals((await get("follow", "/escape/secret.txt")).text, "SECRET");
    assertEquals((await get("follow", "/device")).status, 404);
    assertEquals((await get("follow", "/loop")).status, 404);
    for (const target of ["/inside.txt", "/inside/page.html", "/inside", "/escape.txt"]) {
      assertEquals((await get("deny", target)).status, 404, target);
    }
    assertEquals((await get("deny", "/sub/page.html")).text, "page");
    assertEquals((await get("deny", "/")).text, "<h1>Home</h1>");
    assertEquals((await get("deny", "/sub")).header("location"), "/sub/");
  },

  "nothing outside is found by a path where all links are followed and dotfiles served": async (
    { server },
  ) => {
    const throughLinks = /^\/(?:escape|sub\/up|absolute|proc_link)/;
    for (const target of HOSTILE_PATHS.filter((target) => !throughLinks.test(target))) {
      const answer = await askOnce(server.port, { variant: "open", target });
      const isDotfile = /^\/(?:sub\/)?(?:\.|%2e)[a-z]/i.test(target);
      if (!isDotfile) assert([400, 404].includes(answer.status), `${target} gets ${answer.statusLine}`);
      assert(!answer.text.includes("root:"), target);
    }
  },

  "dotfiles": async ({ get }) => {
    assertEquals((await get("dotfiles", "/.env")).text, "SECRET");
    assertEquals((await get("dotfiles", "/.well-known/security.txt")).text, "SECRET");
    assertEquals((await get("dotfiles", "/../secret.txt")).status, 404);
  },

  "index": async ({ get }) => {
    for (const target of ["/", "/sub/", "/sub"]) assertEquals((await get("noindex", target)).status, 404);
    assertEquals((await get("noindex", "/index.html")).status, 200);
    assertEquals((await get("indexes", "/sub/")).text, "sub as text");
    assertEquals((await get("indexes", "/")).text, "<h1>Home</h1>");
  },

  "prefix": async ({ get }) => {
    assertEquals((await get("prefix", "/static/public.txt")).text, "public");
    assertEquals((await get("prefix", "/static/")).text, "<h1>Home</h1>");
    assertEquals((await get("prefix", "/static?a")).header("location"), "/static/?a");
    assertEquals((await get("prefix", "/static/sub")).header("location"), "/static/sub/");
    for (
      const target of [
        "/public.txt",
        "/",
        "/staticpublic.txt",
        "/static/../public.txt",
        "/static//public.txt",
      ]
    ) {
      assertEquals((await get("prefix", target)).status, 404, target);
    }
  },

  "precompressed": async ({ get }) => {
    const cases: readonly (readonly [accepted: string, coding: string | null, text: string])[] = [
      ["gzip, br, zstd", "br", "as brotli"],
      ["gzip;q=1, br;q=0.9", "gzip", "as gzip"],
      ["zstd", "zstd", "as zstandard"],
      ["br;q=0", null, "export default 1;\n"],
      ["identity", null, "export default 1;\n"],
    ];
    const tags = new Set<string>();
    for (const [accepted, coding, text] of cases) {
      const answer = await get("precompressed", "/app.js", { "accept-encoding": accepted });
      assertEquals([answer.header("content-encoding"), answer.text.slice(-text.length)], [coding, text]);
      assertEquals(answer.header("vary"), "accept-encoding");
      assertEquals(answer.header("content-type"), "text/javascript; charset=utf-8");
      tags.add(answer.header("etag")!);
    }
    assertEquals(tags.size, 4);
    const css = await get("precompressed", "/style.css", { "accept-encoding": "br, gzip" });
    assertEquals(css.header("content-encoding"), "gzip");
    const part = await get("precompressed", "/app.js", { "accept-encoding": "br", range: "bytes=3-" });
    assertEquals([part.status, part.header("content-encoding"), part.text], [206, "br", "brotli"]);
    const plain = await get("precompressed", "/public.txt", { "accept-encoding": "br" });
    assertEquals([plain.header("vary"), plain.header("content-encoding")], ["accept-encoding", null]);
    const copy = await get("precompressed", "/app.js.gz", { "accept-encoding": "gzip" });
    assertEquals([copy.header("content-type"), copy.header("content-encoding")], ["application/gzip", null]);
    const fetched = await get("precompressed-fetch", "/app.js", { "accept-encoding": "br, gzip, zstd" });
    assertEquals([fetched.header("content-encoding"), fetched.text.slice(-7)], ["gzip", "as gzip"]);
  },

  "cacheControl and mediaTypes": async ({ get }) => {
    assertEquals((await get("cached", "/app.js")).header("cache-control"), "public, immutable");
    assertEquals((await get("cached", "/public.txt")).header("cache-control"), null);
    assertEquals((await get("typed", "/big.bin")).header("content-type"), "application/x-pattern");
  },

  "a root that is missing is a mistake of the program": async ({ server, get }) => {
    for (const target of ["/public.txt", "/"]) {
      assertEquals((await get("missing", target)).status, 500);
      await until("the error is told", () => server.stderr.length > 0);
      const [line] = server.stderr.splice(0);
      assert(/^Error: Cannot serve files: the root .*nothing\/? does not exist$/.test(line!), line);
    }
  },

  "sendFile() sends a file by its path": async ({ get }) => {
    const answer = await get("send", "/public.txt", { range: "bytes=1-2" });
    assertEquals([answer.status, answer.text], [206, "ub"]);
    assertEquals(answer.header("cache-control"), "max-age=60");
    assertBytes((await get("send", "/big.bin")).body, pattern(BIG_SIZE));
    for (const target of ["/missing", "/sub", "/sub/", "/pipe", "/socket", "/device"]) {
      assertEquals((await get("send", target)).status, 404, target);
    }
  },

  "sendFile() keeps to its root": async ({ get }) => {
    assertEquals((await get("below", "/?sub/page.html")).text, "page");
    for (
      const path of [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "/etc/passwd",
        "escape.txt",
        ".env",
        "",
        "sub",
        "a%00",
      ]
    ) {
      assertEquals((await get("below", `/?${path}`)).status, 404, path);
    }
  },

  "sendFile() keeps fields that were set before, and leaves a 404 open": async ({ get }) => {
    const answer = await get("own", "/app.js", { "accept-encoding": "br" });
    assertEquals(answer.header("content-type"), "application/x-own");
    assertEquals(answer.header("cache-control"), "private");
    assertEquals(answer.header("vary"), "cookie, accept-encoding");
    assertEquals([answer.header("x-own"), answer.text], ["yes", "as brotli"]);
    const parts = await get("own", "/public.txt", { range: "bytes=0-0,5-5" });
    assert(parts.header("content-type")!.startsWith("multipart/byteranges"));
    assert(parts.text.includes("content-type: application/x-own\r\n"));
    const missing = await get("own", "/missing");
    assertEquals([missing.status, missing.text], [404, "my own page"]);
  },

  "pipelined requests for files are answered in order": async ({ server }) => {
    using client = await RawClient.connect(server.port);
    const targets = ["/big.bin", "/public.txt", "/empty.txt", "/missing", "/big.bin", "/sub/page.html"];
    await client.send(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: handle\r\n\r\n`).join(""));
    const sizes = [];
    for (const _ of targets) sizes.push((await client.readResponse()).body.length);
    assertEquals(sizes, [BIG_SIZE, 6, 0, 0, BIG_SIZE, 4]);
  },
};

/** The parts of a `multipart/byteranges` content (RFC 9110 section 14.6, RFC 2046 section 5.1). */
function partsOf(body: Uint8Array, boundary: string): { fields: string[]; content: Uint8Array }[] {
  const text = Array.from(body, (byte) => String.fromCharCode(byte)).join("");
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`);
  assertEquals([pieces[0], pieces.at(-1)], ["", "--\r\n"]);
  return pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    const content = Uint8Array.from(piece.slice(end + 4), (character) => character.charCodeAt(0));
    return { fields: piece.slice(2, end).split("\r\n"), content };
  });
}

/** Compares content: `assertEquals` would show each byte of it. */
function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assertEquals(at, -1, `Byte ${at} is another`);
}

/** How often a process has a file open (Linux). */
function openFiles(pid: number, path: string): number {
  return Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`) === path;
    } catch {
      return false;
    }
  }).length;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It has not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const runtime of runtimes()) {
  Deno.test(`files (${runtime.name})`, async (t) => {
    await using site = await Site.make();
    await using server = await startFixture(runtime, new URL("./files_server.ts", import.meta.url), [
      site.root,
    ]);
    const context: Context = {
      site,
      server,
      get: (variant, target, fields = {}) => askOnce(server.port, { variant, target, fields }),
      request: (request) => askOnce(server.port, request),
    };
    for (const [name, behaviour] of Object.entries(SHARED)) {
      for (const way of WAYS) {
        await t.step(`${way}: ${name}`, async () => {
          await behaviour(context, way);
          assertEquals(server.stderr.splice(0), []);
        });
      }
    }
    for (const [name, behaviour] of Object.entries(SINGLE)) {
      await t.step(name, async () => {
        await behaviour(context);
        assertEquals(server.stderr.splice(0), []);
      });
    }
    assertEquals(await server.stop(), 0);
  });
}
