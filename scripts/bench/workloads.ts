import { DOCUMENT_TEXT, HELLO, LARGE, PIECE, PIECES, type Route } from "./servers/payloads.ts";

/** A request that the load sends repeatedly. */
export interface RequestShape {
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** Properties of all workloads. */
interface Common {
  readonly name: string;
  /** Description for the heading of a table. */
  readonly title: string;
  readonly route: Route;
  /** `true` if the bare sockets and nginx can take part. */
  readonly floor: boolean;
  readonly request: RequestShape;
  /** The expected body of the response. */
  readonly answer: string;
}

/**
 * Requests over several connections for several seconds. The unit is microseconds of CPU time for each
 * request.
 */
export interface RequestWorkload extends Common {
  readonly kind: "requests";
  /** Number of requests that a connection sends at once. */
  readonly pipelined: number;
  readonly connections: number;
  /** `true` if the server closes the connection after each response. */
  readonly closes: boolean;
}

/** One large upload. The unit is seconds of CPU time for each GiB. */
export interface UploadWorkload extends Common {
  readonly kind: "upload";
  readonly size: number;
}

/** Connections that have served a request and are idle. The unit is bytes of memory for each. */
export interface IdleWorkload extends Common {
  readonly kind: "idle";
  readonly connections: number;
}

/** A workload of the servers. */
export type Workload = RequestWorkload | UploadWorkload | IdleWorkload;

/** Number of connections of the load, unless the workload sets another. */
const CONNECTIONS = 64;

/** Size of the upload in bytes. */
const GIBIBYTE = 1024 ** 3;

const HOST = ["Host", "127.0.0.1"] as const;
const PLAIN: RequestShape = { method: "GET", headers: [HOST] };

/** The request of Chrome for a click on a link, about 750 bytes. */
const BROWSER: RequestShape = {
  method: "GET",
  headers: [
    HOST,
    ["Connection", "keep-alive"],
    ["sec-ch-ua", '"Not/A)Brand";v="99", "Google Chrome";v="139", "Chromium";v="139"'],
    ["sec-ch-ua-mobile", "?0"],
    ["sec-ch-ua-platform", '"Linux"'],
    ["Upgrade-Insecure-Requests", "1"],
    [
      "User-Agent",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    ],
    [
      "Accept",
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    ],
    ["Sec-Fetch-Site", "same-origin"],
    ["Sec-Fetch-Mode", "navigate"],
    ["Referer", "http://127.0.0.1/articles?page=2"],
    ["Accept-Encoding", "gzip, deflate, br, zstd"],
    ["Accept-Language", "en-GB,en;q=0.9,de;q=0.8"],
    ["Cookie", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; seen=1"],
  ],
};

const ECHOED = "0123456789abcdef".repeat(64);

function requests(
  name: string,
  title: string,
  route: Route,
  answer: string,
  rest: Partial<Pick<RequestWorkload, "request" | "pipelined" | "floor" | "closes">> = {},
): RequestWorkload {
  return {
    kind: "requests",
    name,
    title,
    route,
    answer,
    request: PLAIN,
    pipelined: 1,
    connections: CONNECTIONS,
    floor: false,
    closes: false,
    ...rest,
  };
}

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

/** All workloads, in the order in which they are run. */
export const WORKLOADS: readonly Workload[] = [
  requests("hello", "hello, keep-alive", "hello", HELLO, { floor: true }),
  requests("browser", "hello with a browser's headers (14 fields)", "hello", HELLO, {
    floor: true,
    request: BROWSER,
  }),
  requests("pipelined", "hello, pipelined x16", "hello", HELLO, { floor: true, pipelined: 16 }),
  requests("json", "JSON of 1 KB", "json", DOCUMENT_TEXT),
  requests("echo", "POST of 1 KB, echoed", "echo", ECHOED, {
    request: {
      method: "POST",
      headers: [HOST, ["Content-Type", "application/octet-stream"], [
        "Content-Length",
        String(ECHOED.length),
      ]],
      body: ECHOED,
    },
  }),
  requests("async", "an async handler that awaits once", "async", HELLO),
  requests("app", "an app of Hono, a Fetch handler", "app", HELLO),
  requests("large", "response of 100 KB", "large", text(LARGE), { floor: true }),
  requests("stream", "chunked stream of 16 x 4 KB", "stream", text(PIECE).repeat(PIECES), { floor: true }),
  requests("churn", "a connection for each request", "hello", HELLO, {
    closes: true,
    request: { method: "GET", headers: [HOST, ["Connection", "close"]] },
  }),
  {
    kind: "upload",
    name: "upload",
    title: "chunked upload of 1 GiB, read as a stream",
    route: "upload",
    floor: true,
    size: GIBIBYTE,
    request: {
      method: "POST",
      headers: [HOST, ["Transfer-Encoding", "chunked"]],
      body: "4\r\nfour\r\n0\r\n\r\n",
    },
    answer: "4",
  },
  {
    kind: "idle",
    name: "idle",
    title: "10,000 idle keep-alive connections",
    route: "hello",
    floor: true,
    connections: 10_000,
    request: PLAIN,
    answer: HELLO,
  },
];

/** Returns the bytes of the request on the wire. They are ASCII. */
export function requestText({ method, headers, body = "" }: RequestShape): string {
  return `${method} / HTTP/1.1\r\n${
    headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n${body}`;
}
