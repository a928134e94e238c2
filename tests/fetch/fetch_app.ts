import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { FetchInfo, ServedRequest } from "../../mod.ts";

/** The part of `Bun` that is used. */
declare const Bun: { file(path: string): Blob };

type Route = (request: ServedRequest, info: FetchInfo) => unknown;

const encoder = new TextEncoder();

/** What became of the routes that clients leave, by the name that they gave. */
const seen = new Map<string, string[]>();

function note(request: Request, event: string): void {
  const name = new URL(request.url).search;
  seen.set(name, [...seen.get(name) ?? [], event]);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A stream whose pieces come one by one, with a pause before each. */
function slowly(pieces: Iterable<string | number>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      await pause(10);
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(typeof piece === "number" ? Uint8Array.of(piece) : encoder.encode(piece));
    },
  }, { highWaterMark: 0 });
}

/** A stream whose pieces are there. */
function atOnce(...pieces: unknown[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
}

/** What of a request is there before anything has been asked for, and after. */
function inspect(request: Request, { remoteAddress }: FetchInfo): Response {
  const { method, url, credentials, mode, redirect } = request;
  return Response.json({
    method,
    url,
    headers: [...request.headers],
    isRequest: request instanceof Request,
    named: Object.prototype.toString.call(request),
    hasHeaders: request.headers instanceof Headers && request.headers === request.headers,
    hasBody: request.body !== null,
    bodyUsed: request.bodyUsed,
    signal: request.signal instanceof AbortSignal && !request.signal.aborted,
    types: [typeof credentials, typeof mode, typeof redirect],
    remote: "hostname" in remoteAddress && remoteAddress.hostname,
  });
}

/** What the members of `Request.prototype` come to when they are called with a request that was received. */
async function callNative(request: Request): Promise<Response> {
  const prototype = Request.prototype;
  // Getters of Bun cannot be made to take a request that is not one of its own: README, "What runs where".
  const takesGetters = Object.getOwnPropertyDescriptor(prototype, "url")!.configurable === true;
  const get = (name: keyof Request) => takesGetters ? Reflect.get(prototype, name, request) : request[name];
  const parts = [get("method"), get("url"), get("bodyUsed"), get("body") instanceof ReadableStream];
  const header = (get("headers") as Headers).get("x-a");
  const clone = prototype.clone.call(request);
  const reader = new URL(request.url).searchParams.get("reader") as
    | "text"
    | "json"
    | "bytes"
    | "arrayBuffer"
    | "blob";
  const read = await prototype[reader].call(request) as unknown;
  const again = await prototype[reader].call(request).then(() => "again", (error: Error) => error.name);
  const text = read instanceof Blob
    ? await read.text()
    : typeof read === "string"
    ? read
    : new TextDecoder().decode(read as ArrayBuffer);
  return Response.json([parts, header, text, again, get("bodyUsed"), await prototype.text.call(clone)]);
}

/** Members of a response that was made here, called by the prototype. */
async function callNativeResponse(): Promise<Response> {
  const prototype = Response.prototype;
  const response = new Response("text", { status: 201, headers: { "x-a": "1" } });
  const get = (name: keyof Response) => Reflect.get(prototype, name, response);
  const clone = prototype.clone.call(response);
  const texts = [await prototype.text.call(response), await prototype.text.call(clone)];
  return Response.json([
    get("status"),
    get("ok"),
    (get("headers") as Headers).get("x-a"),
    texts,
    get("bodyUsed"),
  ]);
}

/** Passes a response on in a new one, in the way that the query says. */
async function rewrap(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const upstream = await fetch(searchParams.get("upstream")!);
  const { status, headers } = upstream;
  switch (searchParams.get("as")) {
    case "response":
      return upstream;
    case "stream":
      return new Response(upstream.body, upstream);
    case "changed": {
      const copy = new Response(upstream.body, { status, headers });
      copy.headers.set("x-changed", "1");
      return copy;
    }
    case "text":
      return new Response(await upstream.text(), { status, headers });
    case "bytes":
      return new Response(await upstream.bytes(), upstream);
    default:
      return new Response(await upstream.blob(), { status, headers });
  }
}

/** Content in the coding that its fields name. */
async function coded(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const coding = searchParams.get("coding")!;
  const bytes = new Uint8Array(encode(coding, "coded ".repeat(1000)));
  const init = { headers: { "content-encoding": coding } };
  switch (searchParams.get("as")) {
    case "bytes":
      return new Response(bytes, init);
    case "blob":
      return new Response(new Blob([bytes]), init);
    case "stream":
      return new Response(atOnce(bytes.subarray(0, 1), new Uint8Array(0), bytes.subarray(1)), init);
    default:
      await pause(1);
      return new Response(slowly(bytes), init);
  }
}

/** Reads beside the response, in the way that the query says, and notes what came of it. */
async function readBeside(request: Request): Promise<Response> {
  const { search } = new URL(request.url);
  const noteSize = (reading: Promise<string>) =>
    void reading.then(({ length }) => note(request, `read ${length}`), (error) => note(request, `${error}`));
  if (search.startsWith("?clone")) noteSize(request.clone().text());
  else if (search.startsWith("?text")) noteSize(request.text());
  else if (search.startsWith("?chunks")) noteSize(chunkwise(request.body!));
  else if (search.startsWith("?abandons")) await request.body!.getReader().read();
  else if (search.startsWith("?touches")) void request.body;
  if (search.endsWith("later")) await pause(1);
  return new Response(search.endsWith("stream") ? slowly(["answered"]) : "answered");
}

async function chunkwise(body: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of body) {
    text += new TextDecoder().decode(chunk);
    await pause(5);
  }
  return text;
}

/** The outcomes that `info.completed` came to, by the query of the request. */
const completions = new Map<string, string>();

/** Answers as the query says, and notes what `info.completed` comes to. */
function complete(request: ServedRequest, info: FetchInfo): unknown {
  const { search } = new URL(request.url);
  void info.completed.then(() => "resolved", (error: Error) => `${error.name}: ${error.message}`)
    .then((outcome) => completions.set(search, outcome));
  if (search.startsWith("?text")) return new Response("text");
  if (search.startsWith("?later")) return Promise.resolve(new Response("later"));
  if (search.startsWith("?stream")) return new Response(slowly(["a", "b"]));
  if (search.startsWith("?breaking")) return new Response(breaking());
  if (search.startsWith("?endless")) return endless(request);
  if (search.startsWith("?rejects")) return Promise.reject(new Error("rejected"));
  throw new Error("thrown");
}

function clientOf(request: ServedRequest, info: FetchInfo): Response {
  info.waitUntil(Promise.reject(new Error("told to onError, and not unhandled")));
  request.waitUntil?.(Promise.resolve());
  const clone: ServedRequest = request.clone();
  return Response.json({
    remoteAddress: info.remoteAddress,
    remoteAddr: info.remoteAddr,
    requestIP: info.requestIP(request),
    ip: [request.ip, clone.ip],
    waits: typeof clone.waitUntil,
  });
}

async function readTwice(request: Request): Promise<Response> {
  const before = request.bodyUsed;
  const first = await request.text();
  const second = await request.text().then(() => "again", (error: Error) => error.name);
  const ownUsed = new Request("http://localhost/", { method: "POST", body: "content" });
  await ownUsed.text();
  const copies = [copyOutcome(ownUsed), "TypeError"].includes(copyOutcome(request));
  return Response.json({ before, first, after: request.bodyUsed, second, copies, method: request.method });
}

/** Bun copies a request whose content has been read. The Fetch standard and the others refuse to. */
function copyOutcome(request: Request): string {
  try {
    return typeof new Request(request);
  } catch (error) {
    return (error as Error).name;
  }
}

function encode(coding: string, text: string): Uint8Array {
  if (coding === "br") return brotliCompressSync(text);
  return coding === "deflate" ? deflateSync(text) : gzipSync(text);
}

async function readStream(request: Request): Promise<Response> {
  let size = 0;
  let chunks = 0;
  for await (const chunk of request.body!) {
    size += chunk.length;
    chunks++;
  }
  return Response.json({ size, several: chunks > 1, used: request.bodyUsed });
}

/** What an app that works on the responses of others does. */
async function mended(): Promise<Response> {
  const original = new Response("mended", { status: 201, headers: { "X-First": "1" } });
  original.headers.set("x-second", "2");
  const copy = original.clone();
  copy.headers.set("x-length", String((await original.text()).length));
  copy.headers.delete("x-first");
  return copy;
}

class Tea extends Response {
  constructor(kind: string) {
    super(`${kind} tea`, { headers: { "x-kind": kind } });
  }
}

async function kinds(): Promise<Response> {
  const fetched = await fetch("data:text/plain,fetched");
  const made = [
    new Response("a"),
    new Response(),
    new Response(atOnce()),
    Response.json({}),
    new Tea("green"),
    fetched,
  ];
  return Response.json({
    instances: made.map((response) => response instanceof Response),
    named: made.map((response) => Object.prototype.toString.call(response)),
    tea: made.map((response) => response instanceof Tea),
    prototype: Object.getPrototypeOf(fetched) === Response.prototype,
    requests: [new Request("http://localhost/") instanceof Request, {} instanceof Request],
    called: (() => {
      try {
        (Response as unknown as () => void)();
        return "made";
      } catch (error) {
        return (error as Error).name;
      }
    })(),
  });
}

function endless(request: Request): Response {
  note(request, "started");
  request.signal.addEventListener("abort", () => note(request, `aborted ${request.signal.reason.name}`));
  let pulled = 0;
  const stream = new ReadableStream({
    pull(controller) {
      note(request, `pulled ${++pulled}`);
      controller.enqueue(new Uint8Array(65536));
    },
    cancel: (reason) => note(request, `canceled ${reason?.name}`),
  });
  return new Response(stream);
}

function idle(request: Request): Response {
  let timer: number;
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode("data: first\n\n"));
      timer = setTimeout(() => controller.close(), 60_000) as unknown as number;
    },
    cancel(reason) {
      clearTimeout(timer);
      note(request, `canceled ${reason?.name}`);
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

async function waits(request: Request): Promise<Response> {
  await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
  note(request, `aborted ${request.signal.reason.name}`);
  return new Response("too late");
}

function broken(): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.error(new Error("broken at once")) });
}

function breaking(): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(encoder.encode("part"));
      await pause(20);
      controller.error(new Error("broken later"));
    },
  });
}

/**
 * How a function may begin to read, to look later at what that came to; or make way for somebody who reads.
 */
const BEGINNINGS: Readonly<Record<string, (request: Request) => unknown>> = {
  arrayBuffer: (request) => request.arrayBuffer(),
  blob: (request) => request.blob(),
  bytes: (request) => request.bytes(),
  formData: (request) => request.formData(),
  json: (request) => request.json(),
  text: (request) => request.text(),
  "arrayBuffer of a stream": (request) => request.body && request.arrayBuffer(),
  "bytes of a stream": (request) => request.body && request.bytes(),
  "json of a stream": (request) => request.body && request.json(),
  "text of a stream": (request) => request.body && request.text(),
  "text of a clone": (request) => request.clone().text(),
  "text beside a clone": (request) => request.clone() && request.text(),
  "a stream": (request) => request.body!.getReader() && null,
  "a copy": (request) => new Request(request) && null,
};

/** The names of them. */
export const BEGINNING_NAMES: readonly string[] = Object.keys(BEGINNINGS);

async function readsLater(request: Request): Promise<Response> {
  const beginning = decodeURIComponent(request.headers.get("x-beginning") ?? "");
  const reading = BEGINNINGS[beginning]!(request);
  note(request, "reading");
  await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
  // Whatever is unhandled has been told by then.
  await pause(10);
  const outcome = await Promise.resolve(reading).then(() => "ok", (error: Error) => error.name);
  note(request, `read ${outcome}`);
  return new Response("too late");
}

async function usedResponse(): Promise<Response> {
  const response = new Response("used");
  await response.text();
  return response;
}

const ROUTES: Readonly<Record<string, Route>> = {
  "/inspect": inspect,
  "/method": (request) => new Response(request.method + " " + request.url),
  "/text": async (request) => new Response(await request.text()),
  "/json": async (request) => Response.json(await request.json()),
  "/bytes": async (request) => new Response(await request.bytes() as Uint8Array<ArrayBuffer>),
  "/buffer": async (request) => new Response(await request.arrayBuffer()),
  "/blob": async (request) => new Response(await request.blob()),
  "/form": async (request) => Response.json([...await request.formData()]),
  "/echo": (request) => new Response(request.body, { headers: { "x-echo": "1" } }),
  "/twice": readTwice,
  "/native": callNative,
  "/native-response": callNativeResponse,
  "/client": clientOf,
  "/complete": complete,
  "/completed": (request) => new Response(completions.get(new URL(request.url).search) ?? "pending"),
  "/completed-ignored": (_, info) => {
    void info.completed;
    throw new Error("thrown beside completed");
  },
  "/stream-in": readStream,
  "/copy": async (request) => {
    const copy = new Request(request, { headers: { "x-new": "1" } });
    return Response.json([copy.method, copy.url, [...copy.headers], await copy.text()]);
  },
  "/clone": async (request) => {
    const clone = request.clone();
    return Response.json([await clone.text(), await request.text(), clone.url === request.url]);
  },
  "/forward": (request) => fetch(request),
  "/forward-copy": (request) => fetch(new Request(request, { headers: { "x-forwarded": "1" } })),
  "/hello": () => new Response("Hello, World!"),
  "/hello-bytes": () => new Response(encoder.encode("Hello, World!")),
  "/hello-blob": () => new Response(new Blob(["<p>"], { type: "text/html" })),
  "/hello-form": () => new Response(new URLSearchParams({ a: "1" })),
  "/hello-json": () => Response.json({ hello: "World" }, { status: 202, headers: { "x-a": "1" } }),
  "/hello-stream": () => new Response(atOnce(encoder.encode("Hello, "), encoder.encode("World!"))),
  "/hello-later": async () => {
    await pause(1);
    return new Response("later", { status: 404, statusText: "Lost", headers: [["x-a", "1"], ["x-a", "2"]] });
  },
  "/typed": () => new Response("{}", { headers: { "Content-Type": "application/x-own" } }),
  "/unicode": () => new Response("Grüße ☃"),
  "/null": () => new Response(null, { headers: { "x-a": "1" } }),
  "/empty": () => new Response(""),
  "/204": () => new Response(null, { status: 204 }),
  "/304": () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
  "/redirect": () => Response.redirect("http://localhost/elsewhere", 307),
  "/cookies": () => {
    const headers = new Headers({ "set-cookie": "a=1; Path=/" });
    headers.append("set-cookie", "b=2; Expires=Thu, 01 Jan 2032 00:00:00 GMT");
    return new Response("cookies", { headers });
  },
  "/length": () => new Response(null, { headers: { "content-length": "42" } }),
  "/length-stream": () => new Response(slowly(["abc", "def"]), { headers: { "content-length": "6" } }),
  "/mended": mended,
  "/tea": () => new Tea("black"),
  "/later-class": () => new (class extends Response {})("text"),
  "/own-headers": () =>
    new (class extends Response {
      readonly #own = new Headers({ "x-own": "1" });
      override get headers() {
        return this.#own;
      }
    })("text"),
  "/twin": () => new Response("twin").clone(),
  "/blob-type": async (request) => {
    const type = new URL(request.url).searchParams.get("type");
    if (type !== null) request.headers.set("content-type", type);
    return new Response((await request.blob()).type);
  },
  "/kinds": kinds,
  "/blob-large": () => new Response(new Blob(["x".repeat(1 << 20)])),
  "/bun-file": (request) => new Response(Bun.file(new URL(request.url).searchParams.get("path")!)),
  "/wrong-length": (request) => {
    const bodies: Record<string, () => BodyInit | null> = {
      text: () => "Grüße",
      bytes: () => encoder.encode("Grüße"),
      blob: () => new Blob(["Grüße"]),
      stream: () => atOnce(encoder.encode("Grüße")),
      null: () => null,
    };
    const { searchParams } = new URL(request.url);
    const length = searchParams.get("length")!;
    return new Response(bodies[searchParams.get("of")!]!(), { headers: { "content-length": length } });
  },
  "/rewrapped": rewrap,
  "/coded": coded,
  "/read-beside": readBeside,
  "/upload": async (request) => {
    const isStream = request.body instanceof ReadableStream;
    const text = await request.text();
    return Response.json([isStream, text, request.bodyUsed]);
  },
  "/connection": (request) => {
    const { searchParams } = new URL(request.url);
    const fields = { "keep-alive": "timeout=9", connection: searchParams.get("value")! };
    return new Response("text", { headers: fields });
  },
  "/large": () => new Response("x".repeat(1 << 20)),
  "/large-bytes": () => new Response(new Uint8Array(1 << 20).fill(120)),
  "/slow": () => new Response(slowly(["one ", "two ", "three"])),
  "/endless": endless,
  "/idle": idle,
  "/reads-later": readsLater,
  "/waits": waits,
  "/throws": () => {
    throw new Error("thrown");
  },
  "/rejects": () => Promise.reject(new Error("rejected")),
  "/network-error": () => Response.error(),
  "/used": usedResponse,
  "/nothing": () => undefined,
  "/text-chunk": () => new Response(atOnce("text")),
  "/broken": () => new Response(broken()),
  "/breaking": () => new Response(breaking()),
  "/invalid": () => new Response("x", { headers: { "x-a": "☃" } }),
  "/seen": (request) => Response.json(seen.get(new URL(request.url).search) ?? []),
};

/** Every way to use the Fetch API that a server meets, by path. */
export function app(request: Request, info: FetchInfo): Response | Promise<Response> {
  const route = ROUTES[new URL(request.url).pathname];
  return route === undefined
    ? new Response("there is no such route", { status: 404 })
    : route(request, info) as Response;
}
