import { handled } from "../http/handled.ts";
import { absoluteUrl, type Request } from "../http/request.ts";
import { detach, type FreshResponse } from "../http/response.ts";
import { refuse, type RefusedHandshake } from "./opening_handshake.ts";
import { checkOrigin, prepareWebSocket } from "./prepare_websocket.ts";
import type { ServerWebSocket } from "./server_websocket.ts";
import { WebSocketError } from "./websocket_error.ts";
import { resolveWebSocketOptions, type WebSocketOptions } from "./websocket_options.ts";

/**
 * Opens the WebSocket that a request asks for, RFC 6455 section 4.2.
 *
 * A request that asks for none, or not in order, is answered here: 400, 403, 405, 426, or 503 while the server is closing.
 * The promise then rejects, and a handler may let that go, because the response has been sent. Headers that the program has
 * set go out with the 101, or with the refusal.
 *
 * @param req The request.
 * @param res Its response.
 * @param options The options.
 * @returns The socket, which is open. A rejection is never unhandled.
 * @throws {WebSocketError} If the handshake was refused.
 * @throws {ResponseError} If the response was started or sent already, or the handler has settled.
 * @throws {TypeError} If an option is not what it must be.
 * @throws {RangeError} If a number of the options is out of range.
 *
 * @example
 * ```ts
 * import type { Request, Response } from "@handoff/server";
 * import { acceptWebSocket } from "@handoff/server/websocket";
 *
 * export default async function echo(req: Request, res: Response): Promise<void> {
 *   const socket = await acceptWebSocket(req, res);
 *   for await (const message of socket) {
 *     socket.send(message);
 *     await socket.ready();
 *   }
 * }
 * ```
 */
export function acceptWebSocket(
  req: Request,
  res: FreshResponse,
  options: WebSocketOptions<Request> = {},
): Promise<ServerWebSocket> {
  return handled(accept(req, res, options));
}

async function accept(
  req: Request,
  res: FreshResponse,
  options: WebSocketOptions<Request>,
): Promise<ServerWebSocket> {
  const settings = resolveWebSocketOptions(options);
  const prepared = prepareWebSocket(
    {
      method: req.method,
      version: req.version,
      headers: req.headers,
      url: urlOf(req),
      remoteAddress: req.remoteAddress,
    },
    req,
    settings,
  );
  if ("status" in prepared) return answer(res, prepared);
  const checked = checkOrigin(req, req, settings.verifyOrigin);
  const refused = checked instanceof Promise ? await checked : checked;
  if (refused !== null) return answer(res, refused);
  if (req.draining.aborted) return answer(res, refuse(503, "The server is closing"));
  for (const [name, value] of prepared.headers) res.headers.set(name, value);
  detach(res, prepared.take);
  return prepared.socket;
}

function answer(res: FreshResponse, { status, reason, headers }: RefusedHandshake): never {
  for (const [name, value] of headers) res.headers.set(name, value);
  res.status = status;
  res.send();
  throw new WebSocketError(`Cannot accept the WebSocket: ${reason}`, { status });
}

function urlOf(req: Request): string {
  return (absoluteUrl(req) ?? "http://localhost/").replace(/^http/i, "ws");
}
