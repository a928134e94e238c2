// Handlers: the arguments of Server.handle(), and the members of the Handler interface.

import {
  type ConnectionInfo,
  type ExpectingHead,
  type Fresh,
  type Handler,
  type Request,
  type Response,
  Server,
  type Streaming,
} from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

const server = Server.http("127.0.0.1:0");

same<Same<Handler["handle"], (req: Request, res: Response<Fresh>) => void | Promise<void>>>();

await server.handle((req, res) => {
  same<Same<typeof req, Request>>();
  same<Same<typeof res, Response<Fresh>>>();
});
await server.handle(() => {});
await server.handle((_req, res) => res.send("Hello, World!"));
await server.handle((_req, res) => res.send(new Blob(["Hello, World!"])));
await server.handle(async (req, res) => {
  await req.body.pipeTo(res.start().writable);
});

class Echo implements Handler {
  async handle(req: Request, res: Response<Fresh>): Promise<void> {
    if (req.method === "POST") await req.body.pipeTo(res.start().writable);
    else res.status = 405;
  }
}
await server.handle(new Echo());

class Watchful extends Echo implements Handler {
  checkContinue(head: ExpectingHead): number {
    return Number(head.headers.get("content-length")) > 1 << 20 ? 413 : 100;
  }
  onConnectionStart(connection: ConnectionInfo): void {
    void connection.remoteAddress;
  }
  onConnectionEnd(_connection: ConnectionInfo): void {}
}
await server.handle(new Watchful());
await server.handle({
  handle: () => {},
  checkContinue: (head) => Promise.resolve(head.method === "PUT" ? 100 : 417),
});
await server.handle({ handle: (_req, res) => res.send("Hello, World!") });

await server.handle(new URL("./handler.ts", import.meta.url), { threads: 2, state: { greeting: "Hello" } });
await server.handle((_req, res) => res.send(), { module: import.meta.url, accept: "dispatch" });

// @ts-expect-error TS2554 0: A server without a handler answers nothing
await server.handle();
// @ts-expect-error TS2345 Handler: An object that does not implement Handler
await server.handle({});
// @ts-expect-error TS2322 FreshResponse: An object whose handle is no function
await server.handle({ handle: "Hello, World!" });
// @ts-expect-error TS2345 string: Text is sent, not returned
await server.handle(() => "Hello, World!");
// @ts-expect-error TS2345 Response: A Fetch response is not sent by being returned
await server.handle(() => new globalThis.Response("Hello, World!"));
// @ts-expect-error TS2345 Response: A Fetch response is not sent by being returned
await server.handle(async () => await fetch("http://127.0.0.1/"));
// @ts-expect-error TS2345 StreamingResponse: The head is the handler's to send
await server.handle((_req: Request, res: Response<Streaming>) => res.end());
// @ts-expect-error TS2345 FreshResponse: The request comes first
await server.handle((res: Response<Fresh>) => res.send("Hello, World!"));
// @ts-expect-error TS2345 more: There are two arguments and no next()
await server.handle((_req: Request, res: Response<Fresh>, _next: () => void) => res.send());
// @ts-expect-error TS2345 string: A module is a URL, because a path has nothing to be relative to
await server.handle("./handler.ts");
// @ts-expect-error TS2353 state: What a function shares it captures
await server.handle(() => {}, { module: import.meta.url, state: {} });
// @ts-expect-error TS2353 module: The module is the handler
await server.handle(new URL("./handler.ts", import.meta.url), { module: import.meta.url });
// @ts-expect-error TS2322 string: It is a number
await server.handle(new URL("./handler.ts", import.meta.url), { threads: "4" });
// @ts-expect-error TS2322 AcceptOption: There are three ways, and "auto"
await server.handle(new URL("./handler.ts", import.meta.url), { accept: "fork" });

class Swapped implements Handler {
  // @ts-expect-error TS2416 Handler: The request comes first
  handle(res: Response<Fresh>, _req: Request): void {
    res.send();
  }
}
// @ts-expect-error TS2420 Handler: The method is called handle
class Misnamed implements Handler {
  handler(_req: Request, res: Response<Fresh>): void {
    res.send();
  }
}
// @ts-expect-error TS2322 boolean: It answers with a status
await server.handle({ handle: () => {}, checkContinue: () => true });
// @ts-expect-error TS2339 body: The body has not been asked for
await server.handle({ handle: () => {}, checkContinue: (head) => head.body === null ? 100 : 417 });
// @ts-expect-error TS2353 onConnection: There is no such event
await server.handle({ handle: () => {}, onConnection: () => {} });

void [Swapped, Misnamed];
