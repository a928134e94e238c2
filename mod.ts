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

export {
  type FetchApp,
  type FetchFunction,
  fetchHandler,
  type FetchOptions,
} from "./src/fetch/fetch_handler.ts";
export type { FetchInfo, RemoteAddr, SocketAddress } from "./src/fetch/fetch_info.ts";
export { adaptFetch } from "./src/fetch/fetch_runtime.ts";
export type { ServedRequest } from "./src/fetch/served_request.ts";
export { ConnectionClosedError, HttpError, type HttpErrorOptions, ResponseError } from "./src/http/errors.ts";
export { HeaderMap, type HeaderMapInit } from "./src/http/header_map.ts";
export type { HttpVersion } from "./src/http/request_head.ts";
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
export type { PeerCertificate, TlsInfo } from "./src/http/tls_info.ts";
export type { ListenAddress } from "./src/net/address.ts";
export { AcceptError, AddressError, ChangedBytesError, ListenError } from "./src/net/errors.ts";
export type { Accept, Listener } from "./src/net/listener.ts";
export type {
  Address,
  Socket,
  SocketHandler,
  TcpAddress,
  UnixAddress,
  UnixListenAddress,
} from "./src/net/socket.ts";
export type { TlsCertificate, TlsCredentials, TlsOptions, TlsVersion } from "./src/net/tls.ts";
export type { ConnectionInfo, ExpectingHead, Handler, HandlerFunction } from "./src/exchange/handler.ts";
export type { AcceptWay, CloseOptions, Listening, ServerStats } from "./src/server/listening.ts";
export type { RequestSummary } from "./src/exchange/request_summary.ts";
export type { ResponseRecord } from "./src/exchange/response_record.ts";
export type {
  ErrorInfo,
  ErrorListener,
  LimitOptions,
  Milliseconds,
  ResponseListener,
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
export type { ProxyProtocolOptions } from "./src/proxy/proxy_listener.ts";
export type { TrustedPeers } from "./src/proxy/trusted_addresses.ts";
export type { ForwardedHeader, TrustProxyOptions } from "./src/proxy/trust_proxy.ts";
export type { WebSocketUpgrade } from "./src/fetch/fetch_websocket.ts";
