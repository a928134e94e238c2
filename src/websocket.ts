/**
 * WebSockets, RFC 6455 with permessage-deflate (RFC 7692), for handlers of Handoff: on every runtime and every thread.
 *
 * @example
 * ```ts
 * import type { Request, Response } from "@handoff/server";
 * import { acceptWebSocket } from "@handoff/server/websocket";
 *
 * export default async function handler(req: Request, res: Response): Promise<void> {
 *   const socket = await acceptWebSocket(req, res, { protocols: ["chat"] });
 *   socket.onmessage = ({ data }) => socket.send(data);
 * }
 * ```
 *
 * @module
 */

export { acceptWebSocket } from "./websocket/accept_websocket.ts";
export { broadcast, SocketBroadcast } from "./websocket/broadcast.ts";
export type { BroadcastOptions } from "./websocket/broadcast.ts";
export type { SocketMessage } from "./websocket/inbox.ts";
export type { SocketListener } from "./websocket/listener_list.ts";
export { ServerWebSocket } from "./websocket/server_websocket.ts";
export type { ServerWebSocketEventMap, SocketData } from "./websocket/server_websocket.ts";
export { WebSocketError } from "./websocket/websocket_error.ts";
export type { DeflateOptions, Milliseconds, WebSocketOptions } from "./websocket/websocket_options.ts";
