import { assert, assertEquals, assertMatch } from "@std/assert";
import * as util from "node:util";
import {
  DEFAULT_GRACE,
  DEFAULT_PORT,
  readCommandLine,
  type ServeCommand,
} from "../../src/cli/command_line.ts";
import type { Util } from "../../src/cli/host.ts";
import { resolveOptions } from "../../src/server/options.ts";
import { testUsing } from "../support/skip.ts";
import { Balancer, freePort } from "./balancer.ts";

const DEFAULTS = resolveOptions({}, () => {});

function read(name: string): string {
  return Deno.readTextFileSync(new URL(`../../scripts/deploy/${name}`, import.meta.url));
}

/** The first group of a pattern that a text must contain. */
function find(text: string, pattern: RegExp): string {
  const [, found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`There is no ${pattern}`);
  return found;
}

/** Reads arguments of the command, in which every option must be known. */
function command(args: readonly string[], env: Record<string, string> = {}): ServeCommand {
  const result = readCommandLine(args, util as unknown as Util, env);
  assertEquals(result.kind, "serve");
  return result as ServeCommand;
}

/** Waits for the answer of a balancer with a server that echoes what it gets. */
async function throughBalancer(name: "haproxy" | "nginx", adapt: (text: string, port: number) => string) {
  const received: string[] = [];
  const abort = new AbortController();
  const listen = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: () => {} };
  const server = Deno.serve(listen, (request) => {
    received.push(JSON.stringify(Object.fromEntries(request.headers)));
    return new Response("from the server");
  });
  try {
    const text = read(name === "haproxy" ? "haproxy.cfg" : "nginx.conf")
      .replaceAll(/127\.0\.0\.1:808[123]/g, `127.0.0.1:${server.addr.port}`);
    await using balancer = await Balancer.start(name, (port) => adapt(text, port));
    const answer = await fetch(`http://127.0.0.1:${balancer.port}/`, {
      headers: {
        "x-forwarded-for": "192.0.2.66",
        "x-forwarded-proto": "gopher",
        "x-forwarded-host": "evil.example",
      },
    });
    assertEquals(await answer.text(), "from the server");
    const headers = JSON.parse(received.at(-1)!) as Record<string, string>;
    assertEquals(headers["x-forwarded-for"], "127.0.0.1");
    assertEquals(headers["x-forwarded-proto"], "http");
    assertEquals(headers["x-forwarded-host"], `127.0.0.1:${balancer.port}`);
    assertEquals(headers["host"], `127.0.0.1:${balancer.port}`);
  } finally {
    abort.abort();
    await server.finished;
  }
}

testUsing(
  ["haproxy"],
  "scripts/deploy/haproxy.cfg is read by HAProxy, and sets what clients must not",
  async () => {
    await throughBalancer("haproxy", (text, port) => text.replace("bind :80", `bind 127.0.0.1:${port}`));
  },
);

testUsing(
  ["nginx"],
  "scripts/deploy/nginx.conf is read by nginx, and sets what clients must not",
  async () => {
    await throughBalancer("nginx", (text, port) =>
      text.replace("listen 80;", `listen 127.0.0.1:${port};`)
        .replace("worker_processes auto;", "worker_processes 1; daemon off; pid nginx.pid;"));
  },
);

Deno.test("the balancers of scripts/deploy close idle connections before the server does", () => {
  const idle = DEFAULTS.timeouts.idle / 1000;
  assert(Number(find(read("haproxy.cfg"), /pool-purge-delay (\d+)s/)) < idle);
  assert(Number(find(read("nginx.conf"), /keepalive 64;\n\s+keepalive_timeout (\d+)s;/)) < idle);
  assertMatch(read("README.md"), new RegExp(`idle\\s+connection\\s+after\\s+${idle}\\s+seconds`));
});

Deno.test("the balancers of scripts/deploy have the limits of the server", () => {
  const megabytes = Number(find(read("nginx.conf"), /client_max_body_size (\d+)m;/));
  assertEquals(megabytes * 1024 * 1024, DEFAULTS.limits.maxRequestBodySize);
  assertEquals(
    Number(find(read("haproxy.cfg"), /timeout http-request (\d+)s/)) * 1000,
    DEFAULTS.timeouts.headers,
  );
});

Deno.test("scripts/deploy/kubernetes.yaml fits the command", () => {
  const text = read("kubernetes.yaml");
  const args = JSON.parse(find(text, /args: (\[.*\])/)) as string[];
  const env = Object.fromEntries(
    Array.from(text.matchAll(/- name: (HOST|PORT)\n\s+value: "(.*)"/g), ([, name, value]) => [name!, value!]),
  );
  const { address, threads, delay, grace } = command(args, env);
  assertEquals<unknown>(address, { hostname: "::", port: DEFAULT_PORT });
  assertEquals(Number(find(text, /containerPort: (\d+)/)), DEFAULT_PORT);
  assertEquals(grace, DEFAULT_GRACE);
  // What the threads are given to end is on top of it.
  assert(Number(find(text, /terminationGracePeriodSeconds: (\d+)/)) >= (delay + grace) / 1000 + 5);
  for (const [, cpu] of text.matchAll(/cpu: "(\d+)"/g)) assertEquals(Number(cpu), threads);
});

Deno.test("scripts/deploy/handoff.service fits the command", () => {
  const text = read("handoff.service");
  const { grace, delay } = command(find(text, /handoff (app\.ts .*)/).split(" "));
  assertEquals(grace, DEFAULT_GRACE);
  assert(Number(find(text, /TimeoutStopSec=(\d+)/)) >= (delay + grace) / 1000 + 5);
  assert(Number(find(text, /LimitNOFILE=(\d+)/)) > DEFAULTS.limits.maxConnections);
});

testUsing(["systemd-analyze"], "scripts/deploy/handoff.service is read by systemd", async () => {
  const folder = await Deno.makeTempDir({ prefix: "handoff" });
  // systemd looks for the program, which is elsewhere where Node comes from npm.
  await Deno.writeTextFile(
    `${folder}/handoff.service`,
    read("handoff.service").replace("/usr/bin/node", Deno.execPath()),
  );
  const { code, stderr } = await new Deno.Command("systemd-analyze", {
    args: ["verify", "--man=no", `${folder}/handoff.service`],
  }).output();
  const lines = new TextDecoder().decode(stderr).split("\n").filter((line) =>
    line.includes("handoff.service")
  );
  await Deno.remove(folder, { recursive: true });
  assertEquals([code, lines], [0, []]);
});

Deno.test("the container files of scripts/deploy call the command as its process 1", () => {
  for (const runtime of ["node", "bun", "deno"]) {
    const text = read(`Containerfile.${runtime}`);
    const entry = JSON.parse(find(text, /^ENTRYPOINT (\[.*\])$/m)) as string[];
    assertEquals(entry[0], runtime);
    const env = Object.fromEntries(
      find(text, /^ENV (.*)$/m).split(" ").map((pair) => pair.split("=") as [string, string]),
    );
    const { address } = command(JSON.parse(find(text, /^CMD (\[.*\])$/m)) as string[], env);
    assertEquals<unknown>(address, { hostname: "::", port: DEFAULT_PORT });
    assertEquals(find(text, /^EXPOSE (\d+)$/m), String(DEFAULT_PORT));
    assertMatch(text, /^USER (?!root)/m);
  }
});

Deno.test("freePort() gives ports that can be listened on", () => {
  Deno.listen({ hostname: "127.0.0.1", port: freePort() }).close();
});
