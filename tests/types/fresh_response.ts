// Response<Fresh>: the head can be changed, and nothing can be written.

import type { Fresh, HeaderMap, Response, Streaming } from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

declare const fresh: Response<Fresh>;
declare const bytes: Uint8Array;
declare const stream: ReadableStream<Uint8Array>;

same<
  Same<keyof Response<Fresh>, "status" | "headers" | "send" | "start" | "sendInformational" | "upgrade">
>();
same<Same<Response, Response<Fresh>>>();

fresh.status = 404;
same<Same<typeof fresh.status, number>>();
same<Same<typeof fresh.headers, HeaderMap>>();
fresh.headers.set("content-type", "text/plain");
fresh.send();
fresh.send("text");
fresh.send(bytes);
await fresh.send(new Blob(["text"]));
await fresh.send(stream);
fresh.sendInformational(103, { link: "</style.css>; rel=preload" });
same<Same<ReturnType<typeof fresh.start>, Response<Streaming>>>();
const { readable, writable } = await fresh.upgrade();
await readable.pipeTo(writable);

// @ts-expect-error TS2339 write: The head comes first
fresh.write("text");
// @ts-expect-error TS2339 writable: The head comes first
fresh.writable;
// @ts-expect-error TS2551 end: There is nothing to end
fresh.end();
// @ts-expect-error TS2851 Symbol.asyncDispose: There is nothing to end
await using _disposed = fresh;

// @ts-expect-error TS2322 number: A status is a number
fresh.status = "200";
// @ts-expect-error TS2540 headers: The map is changed, not replaced
fresh.headers = new Headers();
// @ts-expect-error TS2769 number: A body is text, bytes, a Blob or a stream
fresh.send(42);
// @ts-expect-error TS2769 hello: A body is text, bytes, a Blob or a stream
fresh.send({ hello: "world" });
// @ts-expect-error TS2769 string: A stream carries bytes
fresh.send(new ReadableStream<string>());
// @ts-expect-error TS2345 string: A status is a number
fresh.sendInformational("103");
// @ts-expect-error TS2554 1: An informational response has a status
fresh.sendInformational();
// @ts-expect-error TS2554 0: The head has been told already
fresh.start(200);

// @ts-expect-error TS1360 StreamingResponse: Starting is the only way from the one to the other
fresh satisfies Response<Streaming>;
// @ts-expect-error TS2344 Streaming: There are two write statuses
type Other = Response<"fresh">;
// @ts-expect-error TS2344 Streaming: There are two write statuses
type Unknown = Response<{ readonly writeStatus: "ended" }>;
