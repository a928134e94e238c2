// Response<Streaming>: content can be written, and the head can no longer change.

import type { Fresh, Response, Streaming } from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

declare const streaming: Response<Streaming>;
declare const bytes: Uint8Array;

same<Same<keyof Response<Streaming>, "status" | "write" | "writable" | "end" | typeof Symbol.asyncDispose>>();

same<Same<typeof streaming.status, number>>();
same<Same<ReturnType<typeof streaming.write>, Promise<void>>>();
same<Same<typeof streaming.writable, WritableStream<Uint8Array>>>();
await streaming.write("text");
await streaming.write(bytes);
streaming.end();
streaming.end({ trailers: { "server-timing": "total;dur=12" } });
{
  await using disposed = streaming;
  await disposed.write("text");
}

// @ts-expect-error TS2339 headers: The head has been sent
streaming.headers;
// @ts-expect-error TS2339 headers: The head has been sent
streaming.headers.set("x", "y");
// @ts-expect-error TS2540 status: The head has been sent
streaming.status = 500;
// @ts-expect-error TS2551 send: Part of it has been sent
streaming.send("text");
// @ts-expect-error TS2339 start: It has been started
streaming.start();
// @ts-expect-error TS2339 sendInformational: The final head has been sent
streaming.sendInformational(103);
// @ts-expect-error TS2339 upgrade: The connection goes on as HTTP
await streaming.upgrade();

// @ts-expect-error TS2345 number: Content is text or bytes
streaming.write(42);
// @ts-expect-error TS2554 1: Content is text or bytes
streaming.write();
// @ts-expect-error TS2345 Blob: Content is text or bytes
streaming.write(new Blob(["text"]));
// @ts-expect-error TS2540 writable: There is one
streaming.writable = new WritableStream();
// @ts-expect-error TS2559 EndOptions: What ends it is named
streaming.end("text");
// @ts-expect-error TS2561 trailers: There is no such option
streaming.end({ trailer: {} });

// @ts-expect-error TS1360 FreshResponse: A response that was started stays so
streaming satisfies Response<Fresh>;
// @ts-expect-error TS1360 FreshResponse: A response that was started stays so
streaming satisfies Response;
