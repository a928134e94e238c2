/**
 * An HTTP/1.1 server for Deno, Bun and Node: Rust hyper's original `hyper::server` on Web-standard streams.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * const listening = await Server.http("127.0.0.1:0").handle((_req, res) => res.send("Hello, World!"));
 *
 * const { port } = listening.address as { port: number };
 * assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "Hello, World!");
 * await listening.close();
 * ```
 *
 * @module
 */

export { ConnectionClosedError, HttpError, ResponseError } from "./src/http/errors.ts";
export { HeaderMap, type HeaderMapInit } from "./src/http/header_map.ts";
export type { RemoteAddress, Request } from "./src/http/request.ts";
export { RequestUri, type TargetForm } from "./src/http/request_uri.ts";
export type {
  EndOptions,
  Fresh,
  FreshResponse,
  Response,
  ResponseBody,
  Streaming,
  StreamingResponse,
  UpgradedConnection,
} from "./src/http/response.ts";
export type { ListenAddress } from "./src/net/address.ts";
export { AddressError, ChangedBytesError, ListenError } from "./src/net/errors.ts";
export type { Accept, Listener } from "./src/net/listener.ts";
export type { Address, Socket, SocketHandler, TcpAddress, UnixAddress } from "./src/net/socket.ts";
export { type FetchFunction, fetchHandler, type FetchInfo } from "./src/server/fetch_handler.ts";
export type { ConnectionInfo, ExpectingHead, Handler, HandlerFunction } from "./src/server/handler.ts";
export type { AcceptWay, CloseOptions, Listening, ServerStats } from "./src/server/listening.ts";
export type {
  ErrorListener,
  LimitOptions,
  Milliseconds,
  ServerOptions,
  TimeoutOptions,
} from "./src/server/options.ts";
export { type HttpsOptions, Server } from "./src/threads/server.ts";
export type { ThreadStats } from "./src/server/statistics.ts";
export type { AcceptOption } from "./src/threads/accept_way.ts";
export type {
  ModuleOptions,
  ModuleUrl,
  ProgramOptions,
  ThreadOptions,
} from "./src/threads/handle_options.ts";
export {
  type PerThread,
  perThread,
  type PerThreadFactory,
  type ThreadContext,
} from "./src/threads/per_thread.ts";
export type { Shareable, Unshareable } from "./src/threads/shareable.ts";
