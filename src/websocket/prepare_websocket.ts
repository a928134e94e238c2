import type { RemoteAddress } from "../http/request.ts";
import { isToken } from "../http/field_grammar.ts";
import { DeflateCodec } from "./deflate_codec.ts";
import {
  type AcceptedHandshake,
  type HandshakeRequest,
  readHandshake,
  refuse,
  type RefusedHandshake,
} from "./opening_handshake.ts";
import { ServerWebSocket, takeFor } from "./server_websocket.ts";
import type { TakeConnection } from "../exchange/upgraded_socket.ts";
import type { WebSocketOptions, WebSocketSettings } from "./websocket_options.ts";

/** A request for a WebSocket, as far as the library looks at it. */
export interface WebSocketHead extends HandshakeRequest {
  /** The URL that the client has connected to, `ws:` or `wss:`. */
  readonly url: string;
  readonly remoteAddress: RemoteAddress;
}

/** A WebSocket that can be opened. */
export interface PreparedWebSocket {
  /** Fields of the 101, beside `upgrade` and `connection`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The socket; it is connecting until the connection is taken. */
  readonly socket: ServerWebSocket;
  /** Takes the connection. */
  readonly take: TakeConnection;
}

/**
 * Checks the origin of a handshake.
 *
 * @returns The refusal, or `null`; a promise where the program's function returns one.
 */
export function checkOrigin<R>(
  head: HandshakeRequest,
  request: R,
  verifyOrigin: WebSocketOptions<R>["verifyOrigin"],
): RefusedHandshake | null | Promise<RefusedHandshake | null> {
  if (verifyOrigin === undefined) return null;
  const verified = verifyOrigin(head.headers.get("origin"), request);
  return typeof verified === "boolean" ? originRefusal(verified) : verified.then(originRefusal);
}

function originRefusal(verified: boolean): RefusedHandshake | null {
  return verified === true ? null : refuse(403, "The origin is not allowed");
}

/**
 * Negotiates a WebSocket without I/O: for whoever has the request in another form than {@linkcode acceptWebSocket}. The
 * origin is not looked at; that is {@linkcode checkOrigin}'s.
 *
 * @param head The request.
 * @param request The request in the form that the options' functions get.
 * @param settings The options, decided.
 * @returns The socket, with the fields of the 101 that opens it, or the response that refuses it.
 * @throws {TypeError} If the program's function chooses a protocol that was not offered.
 */
export function prepareWebSocket<R>(
  head: WebSocketHead,
  request: R,
  settings: WebSocketSettings<R>,
): PreparedWebSocket | RefusedHandshake {
  const handshake = readHandshake(head, settings.deflate);
  if ("status" in handshake) return handshake;
  const protocol = chooseProtocol(handshake, request, settings);
  const headers: [string, string][] = [["sec-websocket-accept", handshake.accept]];
  if (protocol !== "") headers.push(["sec-websocket-protocol", protocol]);
  const { deflate } = handshake;
  if (deflate !== null) headers.push(["sec-websocket-extensions", deflate.accepted]);
  const socket = new ServerWebSocket({
    url: head.url,
    protocol,
    extensions: deflate?.accepted ?? "",
    remoteAddress: head.remoteAddress,
    settings,
    codec: deflate === null || settings.deflate === null
      ? null
      : new DeflateCodec(deflate, settings.deflate, settings.maxMessageSize),
  });
  return { headers, socket, take: takeFor(socket) };
}

function chooseProtocol<R>(
  { offered }: AcceptedHandshake,
  request: R,
  { protocols }: WebSocketSettings<R>,
): string {
  if (offered.length === 0) return "";
  if (typeof protocols !== "function") return offered.find((one) => protocols.includes(one)) ?? "";
  const chosen = protocols(offered, request) ?? "";
  if (chosen !== "" && (!isToken(chosen) || !offered.includes(chosen))) {
    throw new TypeError("Cannot accept the WebSocket: the protocol that was chosen has not been offered");
  }
  return chosen;
}
