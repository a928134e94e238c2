import type { Fresh, HandlerFunction, HeaderMap, Request, Response } from "../../mod.ts";
import { outcome, parameter, reportOn } from "./report.ts";

/** Content of the response of `/inspect`. */
export interface Inspection {
  readonly method: string;
  readonly uri: {
    readonly form: string;
    readonly raw: string;
    readonly path: string;
    readonly query: string | null;
    readonly authority: string | null;
    readonly text: string;
  };
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly raw: readonly (readonly [string, string])[];
  readonly setCookie: readonly string[];
  readonly remoteAddress: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

/** Responds with all properties of a request, as JSON. */
export async function inspect(req: Request, res: Response<Fresh>): Promise<void> {
  const { form, raw, path, query, authority } = req.uri;
  const inspection: Inspection = {
    method: req.method,
    uri: { form, raw, path, query, authority, text: String(req.uri) },
    version: req.version,
    headers: [...req.headers],
    raw: req.headers.raw(),
    setCookie: req.headers.getSetCookie(),
    remoteAddress: { ...req.remoteAddress },
    body: await req.text(),
    trailers: (await req.trailers).raw(),
  };
  if (req.method === "CONNECT") res.status = 405;
  json(res, inspection);
}

function json(res: Response<Fresh>, value: unknown): void {
  res.headers.set("content-type", "application/json");
  res.send(JSON.stringify(value));
}

async function readAs(req: Request, kind: string): Promise<unknown> {
  switch (kind) {
    case "bytes": {
      const bytes = await req.bytes();
      const ownBuffer = bytes.constructor === Uint8Array && bytes.buffer.byteLength === bytes.length;
      return { bytes: [...bytes], ownBuffer };
    }
    case "json":
      return await req.json();
    case "blob": {
      const blob = await req.blob();
      return { type: blob.type, size: blob.size, text: await blob.text() };
    }
    case "formData":
      return await Promise.all(Array.from(await req.formData(), async ([name, value]) => {
        return typeof value === "string" ? [name, value] : [name, {
          name: value.name,
          type: value.type,
          text: await value.text(),
        }];
      }));
    default:
      return await req.text();
  }
}

/** Ways in which a handler can start a read, and await it later or leave it to another reader. */
const BEGINNINGS: Readonly<Record<string, (req: Request) => unknown>> = {
  bytes: (req) => req.bytes(),
  text: (req) => req.text(),
  json: (req) => req.json(),
  blob: (req) => req.blob(),
  formData: (req) => req.formData(),
  trailers: (req) => req.trailers,
  "bytes behind a stream": (req) => req.body && req.bytes(),
  "a stream": (req) => req.body.getReader() && null,
  "a Fetch request": (req) => req.toWeb() && null,
  "a stream of Fetch": (req) => req.toWeb().body!.getReader() && null,
};

/** The names of these ways. */
export const BEGINNING_NAMES: readonly string[] = Object.keys(BEGINNINGS);

function fields(headers: HeaderMap | Headers): [string, string][] {
  return [...headers.entries()];
}

/** Routes for the behaviours of `Request`. */
export const requestRoutes: Readonly<Record<string, HandlerFunction>> = {
  "/inspect": inspect,

  "/read": async (req, res) => json(res, await readAs(req, parameter(req, "as"))),

  "/read-error": async (req, res) => {
    res.send(await outcome(() => readAs(req, parameter(req, "as"))));
  },

  // Sends each chunk back on arrival, without waiting for the end.
  "/chunks": async (req, res) => {
    const answer = res.start();
    for await (const chunk of req.body) {
      const { length, constructor } = chunk;
      const moved = structuredClone(chunk, { transfer: [chunk.buffer] });
      await answer.write(`${length} ${moved.length} ${constructor === Uint8Array};`);
    }
    answer.end();
  },

  "/read-twice": async (req, res) => {
    const first = await req.text();
    const again = [await outcome(() => req.text()), await outcome(() => req.bytes())];
    const { done } = await req.body.getReader().read();
    json(res, { first, again, streamIsAtItsEnd: done });
  },

  "/read-locked": async (req, res) => {
    const sameStream = req.body === req.body;
    const reader = req.body.getReader();
    const locked = await outcome(() => req.text());
    while (!(await reader.read()).done);
    json(res, { sameStream, locked });
  },

  "/read-behind-stream": async (req, res) => {
    const stream = req.body;
    const text = req.text();
    const reader = await outcome(() => stream.getReader());
    json(res, { locked: stream.locked, same: stream === req.body, reader, text: await text });
  },

  "/cancel": async (req, res) => {
    await req.body.cancel();
    res.send("cancelled");
  },

  "/trailers-only": async (req, res) => {
    const trailers = req.trailers;
    await req.body.pipeTo(new WritableStream());
    json(res, {
      get: (await trailers).get("x-sum"),
      raw: (await trailers).raw(),
      headers: fields(req.headers),
    });
  },

  "/body-error": async (req) => {
    reportOn(req, "reading");
    const trailers = outcome(() => req.trailers);
    const text = await outcome(() => req.text());
    reportOn(req, "bodyError", { text, trailers: await trailers });
  },

  "/read-later": async (req) => {
    const reading = BEGINNINGS[parameter(req, "as")]!(req);
    const gone = new Promise<void>((resolve) => req.signal.addEventListener("abort", () => resolve()));
    reportOn(req, "reading");
    await gone;
    // Unhandled rejections have been reported by then.
    await new Promise((resolve) => setTimeout(resolve, 10));
    reportOn(req, "readLater", { read: await outcome(() => reading) });
  },

  "/signal": async (req, res) => {
    const { signal } = req;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    reportOn(req, "handling", { aborted: signal.aborted });
    await aborted;
    const same = signal === req.signal;
    reportOn(req, "aborted", { reason: (signal.reason as Error).name, same, aborted: signal.aborted });
    res.send("nobody is there");
  },

  "/signal-after-success": async (req, res) => {
    req.signal.addEventListener("abort", () => reportOn(req, "aborted"));
    const how = parameter(req, "how");
    if (how === "throw") throw new Error("thrown after asking for the signal");
    if (how === "stream") res.start().end();
    else res.send("done");
    reportOn(req, "answered");
    if (how === "busy") await new Promise((resolve) => setTimeout(resolve, 300));
  },

  "/web": async (req, res) => {
    const web = req.toWeb();
    json(res, {
      isRequest: web instanceof globalThis.Request,
      method: web.method,
      url: web.url,
      headers: fields(web.headers),
      hasBody: web.body !== null,
      text: await web.text(),
      again: await outcome(() => req.text()),
    });
  },

  "/web-error": async (req, res) => {
    const [name] = (await outcome(() => req.toWeb())).split(":");
    res.send(name);
  },

  "/web-signal": async (req, res) => {
    const { signal } = req.toWeb();
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    reportOn(req, "handling", { aborted: signal.aborted });
    await aborted;
    reportOn(req, "aborted");
    res.send();
  },
};
