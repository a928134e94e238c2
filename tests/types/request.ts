// Request: the client's message, which is read-only.

import { type HeaderMap, type Request, RequestUri } from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

declare const req: Request;

same<
  Same<
    keyof Request,
    | "method"
    | "uri"
    | "version"
    | "headers"
    | "remoteAddress"
    | "tls"
    | "body"
    | "bytes"
    | "text"
    | "json"
    | "blob"
    | "formData"
    | "trailers"
    | "signal"
    | "draining"
    | "toWeb"
  >
>();
same<Same<keyof RequestUri, "form" | "raw" | "path" | "query" | "authority" | "scheme" | "toString">>();

same<Same<typeof req.method, string>>();
same<Same<typeof req.version, "1.0" | "1.1" | "2">>();
same<Same<typeof req.headers, HeaderMap>>();
same<Same<typeof req.uri.form, "origin" | "absolute" | "authority" | "asterisk">>();
same<Same<typeof req.uri.query, string | null>>();
same<Same<typeof req.uri.authority, string | null>>();
same<Same<typeof req.trailers, Promise<HeaderMap>>>();
same<Same<typeof req.signal, AbortSignal>>();
same<Same<ReturnType<typeof req.toWeb>, globalThis.Request>>();
req.body satisfies ReadableStream<Uint8Array>;
await req.bytes() satisfies Uint8Array;
await req.text() satisfies string;
for await (const chunk of req.body) same<Same<typeof chunk.length, number>>();
if ("path" in req.remoteAddress) same<Same<typeof req.remoteAddress.path, string>>();
else same<Same<typeof req.remoteAddress.port, number>>();

// @ts-expect-error TS2540 method: A request is read
req.method = "GET";
// @ts-expect-error TS2540 uri: A request is read
req.uri = new RequestUri("/", "origin");
// @ts-expect-error TS2540 path: A request is read
req.uri.path = "/";
// @ts-expect-error TS2540 query: A request is read
req.uri.query = null;
// @ts-expect-error TS2540 version: A request is read
req.version = "1.1";
// @ts-expect-error TS2540 headers: A request is read
req.headers = new Headers();
// @ts-expect-error TS2540 remoteAddress: A request is read
req.remoteAddress = { path: "" };
// @ts-expect-error TS2540 body: A request is read
req.body = new ReadableStream();
// @ts-expect-error TS2540 trailers: A request is read
req.trailers = Promise.reject();
// @ts-expect-error TS2540 signal: A request is read
req.signal = AbortSignal.abort();

// @ts-expect-error TS2339 url: A request has a uri; toWeb() has a url
req.url;
// @ts-expect-error TS2339 port: The client may be on a Unix socket
req.remoteAddress.port;
// @ts-expect-error TS2367 2.0: Handoff speaks HTTP/1.1
if (req.version === "2.0") void req;
// @ts-expect-error TS1360 null: A request always has a body, if only an empty one
req.body satisfies null;
// @ts-expect-error TS18047 null: There may be no query
req.uri.query.length;
// @ts-expect-error TS2571 unknown: JSON is whatever the client sent
(await req.json()).name;
// @ts-expect-error TS1360 Request: A Fetch request is another thing
req.toWeb() satisfies Request;
