import type { Packages } from "./packages.ts";
import { executablePath } from "./programs.ts";
import { runtimeNamed } from "./runtimes.ts";
import { freePort, type ServerCommand } from "./server_process.ts";
import { DOCUMENT_TEXT, HELLO, MEDIA_TYPES, type Route, ROUTES } from "./servers/payloads.ts";

/** A server to be measured. */
export interface Candidate {
  readonly name: string;
  /** Category that decides the colour of a bar: Handoff, native servers, libraries, nginx, and the floor. */
  readonly kind: "handoff" | "native" | "library" | "nginx" | "floor";
  /** Name of the runtime; absent for a program without a runtime. */
  readonly runtime?: string;
  /** The routes that the candidate implements. */
  readonly routes: readonly Route[];
  /** Builds the command that starts the server. */
  command(route: Route, packages: Packages): ServerCommand;
}

const ALL: readonly Route[] = ROUTES;
/** Routes of a server without Fetch handlers. */
const WITHOUT_FETCH: readonly Route[] = ROUTES.filter((route) => route !== "app");
const FLOOR: readonly Route[] = ["hello", "large", "stream", "upload"];

function script(
  name: string,
  kind: Candidate["kind"],
  runtime: string,
  file: string,
  routes: readonly Route[] = ALL,
): Candidate {
  return {
    name,
    kind,
    runtime,
    routes,
    command: (route, packages) => ({
      command: [
        ...runtimeNamed(runtime).command,
        new URL(`servers/${file}`, import.meta.url).pathname,
        route,
      ],
      env: { BENCH_PACKAGES: packages.loader },
    }),
  };
}

const nginx: Candidate = {
  name: "nginx",
  kind: "nginx",
  routes: ["hello", "json"],
  command(route) {
    const program = executablePath("nginx");
    if (program === undefined) throw new Error("Cannot start nginx: it is not installed");
    const port = freePort();
    const folder = Deno.makeTempDirSync({ prefix: "handoff-bench-nginx-" });
    Deno.writeTextFileSync(`${folder}/nginx.conf`, nginxConfig(folder, port, route));
    return { command: [program, "-p", folder, "-c", `${folder}/nginx.conf`], folder, port };
  },
};

/**
 * Builds the configuration of one nginx process in the foreground, with all its files in a separate folder.
 */
function nginxConfig(folder: string, port: number, route: Route): string {
  const body = route === "json" ? DOCUMENT_TEXT : HELLO;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ");
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  ${temporary}
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  default_type ${MEDIA_TYPES[route]};
  server {
    listen 127.0.0.1:${port};
    location / { return 200 '${body.replaceAll("'", "\\'")}'; }
  }
}
`;
}

/** All candidates, in the order of the tables. */
export const CANDIDATES: readonly Candidate[] = [
  script("handoff-deno", "handoff", "deno", "handoff.ts"),
  script("handoff-bun", "handoff", "bun", "handoff.ts"),
  script("handoff-node22", "handoff", "node22", "handoff.ts"),
  script("handoff-node26", "handoff", "node26", "handoff.ts"),
  script("Deno.serve", "native", "deno", "deno_serve.ts"),
  script("Bun.serve", "native", "bun", "bun_serve.ts"),
  script("node:http-22", "native", "node22", "node_http.ts", WITHOUT_FETCH),
  script("node:http-26", "native", "node26", "node_http.ts", WITHOUT_FETCH),
  script("srvx-bun", "library", "bun", "srvx.ts"),
  script("srvx-node26", "library", "node26", "srvx.ts"),
  script("hono-node26", "library", "node26", "hono.ts"),
  nginx,
  script("floor-deno", "floor", "deno", "floor_deno.ts", FLOOR),
  script("floor-bun", "floor", "bun", "floor_bun.ts", FLOOR),
  script("floor-node22", "floor", "node22", "floor_node.ts", FLOOR),
  script("floor-node26", "floor", "node26", "floor_node.ts", FLOOR),
];

/** Finds the candidate of a kind on the same runtime. */
export function peerOf(candidate: Candidate, kind: Candidate["kind"]): Candidate | undefined {
  return CANDIDATES.find((other) => other.kind === kind && other.runtime === candidate.runtime);
}

/**
 * Finds the native server of the same runtime. Node has none for Fetch handlers, so a library takes its
 * place.
 */
export function nativeOf(candidate: Candidate, route: Route): Candidate | undefined {
  const native = peerOf(candidate, "native");
  if (native === undefined || native.routes.includes(route)) return native;
  return CANDIDATES.find(({ name }) => name === native.name.replace("node:http-", "hono-node"));
}
