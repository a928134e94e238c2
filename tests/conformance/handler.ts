import { Buffer } from "node:buffer";
import type { Fresh, Request, Response } from "../../mod.ts";
import type { HeaderMap } from "../../mod.ts";

/** A request as seen by the handler, sent in the response. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly form: string;
  readonly path: string;
  readonly query: string | null;
  readonly authority: string | null;
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The content, one character for each byte. */
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

const SENTINEL = "/sentinel/";
const REACHED = "/reached/";

/** The sentinels that reached the handler. */
const reached: Set<number> = new Set();

/** Lists the sentinels with numbers from `first` to `last` that reached the handler. */
export function reachedSentinels(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at).filter((id) => reached.has(id));
}

/**
 * Responds with the request that it saw, as JSON in ASCII; in a header too, for responses without content.
 *
 * `/unread` responds without reading the content, CONNECT gets 405, and `/reached/<first>-<last>` responds
 * with the numbers of the sentinels (`/sentinel/<number>`) that reached the handler.
 */
export async function handler(req: Request, res: Response<Fresh>): Promise<void> {
  const { path } = req.uri;
  if (path.startsWith(SENTINEL)) reached.add(Number(path.slice(SENTINEL.length)));
  if (path.startsWith(REACHED)) {
    const [first, last] = path.slice(REACHED.length).split("-").map(Number);
    return res.send(JSON.stringify(reachedSentinels(first!, last!)));
  }
  if (path === "/unread") return answer(res, req, "", []);
  const body = latin1(await req.bytes());
  answer(res, req, body, pairs(await req.trailers));
}

function answer(
  res: Response<Fresh>,
  req: Request,
  body: string,
  trailers: readonly (readonly [string, string])[],
): void {
  const { uri } = req;
  const seen: SeenRequest = {
    method: req.method,
    target: uri.raw,
    form: uri.form,
    path: uri.path,
    query: uri.query,
    authority: uri.authority,
    version: req.version,
    headers: pairs(req.headers),
    body,
    trailers,
  };
  const json = ascii(JSON.stringify(seen));
  res.headers.set("content-type", "application/json");
  if (req.method === "HEAD") res.headers.set("x-seen", json);
  if (req.method === "CONNECT") res.status = 405;
  res.send(json);
}

function pairs(headers: HeaderMap): [string, string][] {
  return Array.from(headers.raw(), ([name, value]) => [name, value]);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/**
 * Escapes all characters except visible ASCII. JSON has already escaped the control characters except DEL.
 */
function ascii(json: string): string {
  return json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
