import type { Request } from "../http/request.ts";
import { detach, type Fresh, type Response } from "../http/response.ts";
import { absoluteUrl } from "../http/request.ts";
import { refuse, type RefusedHandshake } from "../websocket/opening_handshake.ts";
import { checkOrigin, type PreparedWebSocket, prepareWebSocket } from "../websocket/prepare_websocket.ts";
import type { ServerWebSocket } from "../websocket/server_websocket.ts";
import { WebSocketError } from "../websocket/websocket_error.ts";
import { resolveWebSocketOptions, type WebSocketOptions } from "../websocket/websocket_options.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;

/** A WebSocket of a Fetch app, and the response that opens it. */
export interface WebSocketUpgrade {
  /** The socket; it is connecting until the response has been returned. */
  readonly socket: ServerWebSocket;
  /** The response to return from the fetch function. Its own header fields, if any, go out with the 101. */
  readonly response: globalThis.Response;
}

/** A WebSocket that waits for its response to be returned. */
interface Pending {
  readonly prepared: PreparedWebSocket;
  readonly origin: Promise<RefusedHandshake | null> | RefusedHandshake | null;
}

/** The sockets that responses open. */
const pending = new WeakMap<WebResponse, Pending>();

/** The refusals that errors stand for. */
const refusals = new WeakMap<WebSocketError, RefusedHandshake>();

/**
 * Opens the WebSocket that a request asks for, once the response is returned.
 *
 * @param request The request as received.
 * @param web The request as the fetch function has it, for the functions among the options.
 * @throws {WebSocketError} If the request asks for none, or not in order. A fetch function that lets the
 * error go answers with its status.
 */
export function upgradeWebSocket(
  request: Request,
  web: WebRequest,
  options: WebSocketOptions<WebRequest>,
): WebSocketUpgrade {
  const settings = resolveWebSocketOptions(options);
  const { method, version, headers, remoteAddress } = request;
  const url = (absoluteUrl(request) ?? "http://localhost/").replace(/^http/i, "ws");
  const prepared = prepareWebSocket({ method, version, headers, url, remoteAddress }, web, settings);
  if ("status" in prepared) throw refusalError(prepared);
  const origin = checkOrigin(request, web, settings.verifyOrigin);
  const response = new globalThis.Response(null);
  pending.set(response, { prepared, origin });
  return { socket: prepared.socket, response };
}

/**
 * Opens the WebSocket that a response stands for.
 *
 * @returns A promise where the origin has yet to be verified; `null` if the response stands for no WebSocket.
 */
export function openWebSocket(
  web: WebResponse,
  request: Request,
  response: Response<Fresh>,
): Promise<void> | null {
  const found = pending.get(web);
  if (found === undefined) return null;
  pending.delete(web);
  return open(found, web, request, response);
}

async function open(
  { prepared, origin }: Pending,
  web: WebResponse,
  request: Request,
  response: Response<Fresh>,
): Promise<void> {
  const refused = await origin;
  if (refused !== null) return answer(refused, response);
  if (request.draining.aborted) return answer(refuse(503, "The server is closing"), response);
  web.headers.forEach((value, name) => response.headers.append(name, value));
  for (const [name, value] of prepared.headers) response.headers.set(name, value);
  detach(response, prepared.take);
}

/**
 * Answers for a fetch function that has failed because a handshake was refused. Returns whether that is so.
 */
export function answerRefusal(error: unknown, response: Response<Fresh>): boolean {
  const refused = error instanceof WebSocketError ? refusals.get(error) : undefined;
  if (refused === undefined) return false;
  answer(refused, response);
  return true;
}

function answer({ status, headers }: RefusedHandshake, response: Response<Fresh>): void {
  for (const [name, value] of headers) response.headers.set(name, value);
  response.status = status;
  response.send();
}

function refusalError(refused: RefusedHandshake): WebSocketError {
  const { status, reason } = refused;
  const error = new WebSocketError(`Cannot accept the WebSocket: ${reason}`, { status });
  refusals.set(error, refused);
  return error;
}
