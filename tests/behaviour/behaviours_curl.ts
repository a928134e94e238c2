import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";

const needs = ["curl"] as const;
const decoder = new TextDecoder();

interface CurlResult {
  readonly code: number;
  readonly text: string;
  /** Output of `--verbose`: `>` and the lines sent, `<` and the lines received. */
  readonly log: string;
}

/** Runs `curl --verbose` against the server's paths. */
async function curl(
  server: BehaviourServer,
  path: string | readonly string[],
  args: readonly string[] = [],
  input?: Uint8Array<ArrayBuffer> | string,
): Promise<CurlResult> {
  const paths = typeof path === "string" ? [path] : path;
  const child = new Deno.Command("curl", {
    args: [
      ...["--verbose", "--silent", "--show-error", "--max-time", "10", ...args],
      ...paths.map((path) => `http://127.0.0.1:${server.port}${path}`),
    ],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = input === undefined ? undefined : new Blob([input]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  await writing;
  return { code, text: decoder.decode(stdout), log: decoder.decode(stderr).replaceAll("\r", "") };
}

/** Behaviours seen by curl. */
export const curlBehaviours: readonly Behaviour[] = [
  {
    name: "curl sends a GET",
    needs,
    async run(server) {
      const { code, text, log } = await curl(server, ["/send/unicode", "/send/stream"]);
      assertEquals([code, text], [0, "Grüße, 世界 🌍onetwothree"]);
      assertStringIncludes(log, "\n< HTTP/1.1 200 OK\n");
      assertMatch(log, /re-using existing connection/i);
    },
  },
  {
    name: "curl sends a POST",
    needs,
    async run(server) {
      const { code, text, log } = await curl(server, "/echo", ["--data-binary", "pösted\n"]);
      assertEquals([code, text], [0, "pösted\n"]);
      assertStringIncludes(log, "\n> Content-Length: 8\n");
    },
  },
  {
    name: "curl uploads in chunks from its input",
    needs,
    async run(server) {
      const { code, text, log } = await curl(
        server,
        "/echo",
        ["--request", "POST", "-T", "-"],
        "from its input",
      );
      assertEquals([code, text], [0, "from its input"]);
      assertStringIncludes(log, "\n> Transfer-Encoding: chunked\n");
    },
  },
  {
    name: "curl posts 2 MB after it has received a 100",
    needs,
    async run(server) {
      const content = new Uint8Array(2_000_000).fill(97);
      const args = ["--data-binary", "@-", "-H", "Expect: 100-continue", "--expect100-timeout", "8"];
      const started = performance.now();
      const { code, text, log } = await curl(server, "/echo", args, content);
      assertEquals([code, text.length], [0, content.length]);
      assert(text === "a".repeat(content.length), "the content is damaged");
      assertStringIncludes(log, "\n> Expect: 100-continue\n");
      assertStringIncludes(log, "\n< HTTP/1.1 100 Continue\n");
      assert(performance.now() - started < 6000, "it has not waited for its own timeout");
    },
  },
  {
    name: "curl receives a refusal before it sends 2 MB",
    needs,
    async run(server) {
      const args = ["--data-binary", "@-", "-H", "Expect: 100-continue", "--expect100-timeout", "8"];
      const { text, log } = await curl(server, "/expect/refuse", args, new Uint8Array(2_000_000));
      assertEquals(text, "");
      assertStringIncludes(log, "\n< HTTP/1.1 413 Content Too Large\n");
      assert(!log.includes("100 Continue"), log);
    },
  },
  {
    name: "curl speaks HTTP/1.0",
    needs,
    async run(server) {
      const { code, text, log } = await curl(server, ["/send/stream", "/send/string"], ["--http1.0"]);
      assertEquals([code, text], [0, "onetwothreeHello, World!"]);
      assertStringIncludes(log, "\n> GET /send/stream HTTP/1.0\n");
      assertStringIncludes(log, "\n< connection: close\n");
      assert(!log.includes("transfer-encoding"), log);
    },
  },
  {
    name: "curl sends HEAD",
    needs,
    async run(server) {
      const { code, text } = await curl(server, ["/send/string", "/status?code=404"], ["--head"]);
      assertEquals(code, 0);
      const heads = text.replaceAll("\r", "").split("\n\n");
      assertMatch(heads[0]!, /^HTTP\/1\.1 200 OK\n[^]*content-length: 13/);
      assertMatch(heads[1]!, /^HTTP\/1\.1 404 Not Found\n[^]*content-length: 10/);
    },
  },
  {
    name: "curl detects that a response is incomplete",
    needs,
    async run(server) {
      const chunked = await curl(server, "/settle/throw-while-streaming?id=curl");
      assertEquals([chunked.code, chunked.text], [18, "some of it"], "18: transferred a partial file");
      const short = await curl(server, "/settle/short");
      assertEquals([short.code, short.text], [18, "12345"]);
    },
  },
];
