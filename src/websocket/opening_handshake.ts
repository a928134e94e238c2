import { isToken } from "../http/field_grammar.ts";
import { type DeflateAgreement, type DeflateSettings, negotiateDeflate } from "./deflate_negotiation.ts";
import { parseExtensions } from "./extension_offers.ts";
import { sha1 } from "./sha1.ts";

/** A request as far as the opening handshake looks at it: a `Request` of Handoff's or of Fetch's, or a pair of its parts. */
export interface HandshakeRequest {
  readonly method: string;
  /** The version of HTTP; a request of Fetch's has none, and is of 1.1. */
  readonly version?: string;
  /** Header fields: names are case-insensitive, and several lines of a name are joined by commas. */
  readonly headers: { get(name: string): string | null };
}

/** Chooses a subprotocol of those that a client offers, in its order; `null` or nothing for none of them. */
export type ChooseProtocol = (offered: readonly string[]) => string | null | undefined;

/** A handshake that the server can complete. */
export interface AcceptedHandshake {
  /** The value of Sec-WebSocket-Accept. */
  readonly accept: string;
  /** The subprotocols that the client offers. */
  readonly offered: readonly string[];
  /** The extension that was agreed on. */
  readonly deflate: DeflateAgreement | null;
}

/** A handshake that the server refuses, as the response that the client gets. */
export interface RefusedHandshake {
  readonly status: number;
  /** The rule that was broken, in words that may be shown to the client. */
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 16 bytes in base64, RFC 6455 section 4.1. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

const VERSION_13 = [["sec-websocket-version", "13"]] as const;

/** Fields of a 426, RFC 9110 section 15.5.22 and RFC 6455 section 4.4. */
const UPGRADE_REQUIRED = [...VERSION_13, ["upgrade", "websocket"], ["connection", "upgrade"]] as const;

/**
 * Reads a client's opening handshake, RFC 6455 section 4.2.1.
 *
 * @param request The client's request.
 * @param deflate The options of permessage-deflate; `null` where it is off.
 */
export function readHandshake(
  request: HandshakeRequest,
  deflate: DeflateSettings | null,
): AcceptedHandshake | RefusedHandshake {
  const { headers } = request;
  if (request.method !== "GET") {
    return refuse(405, "The method of a WebSocket handshake is not GET", [["allow", "GET"]]);
  }
  if (request.version === "1.0") return refuse(400, "A WebSocket handshake is of HTTP/1.0");
  if (!hasToken(headers.get("upgrade"), "websocket")) {
    return refuse(426, "The request does not offer to upgrade to WebSocket", UPGRADE_REQUIRED);
  }
  if (!hasToken(headers.get("connection"), "upgrade")) {
    return refuse(400, "Connection does not name Upgrade", VERSION_13);
  }
  if (headers.get("sec-websocket-version")?.trim() !== "13") {
    return refuse(426, "The version of WebSocket is not 13", UPGRADE_REQUIRED);
  }
  const key = headers.get("sec-websocket-key") ?? "";
  if (!KEY.test(key)) return refuse(400, "Sec-WebSocket-Key is missing or malformed");
  const offered = offeredProtocols(headers.get("sec-websocket-protocol"));
  if (offered === null) return refuse(400, "Sec-WebSocket-Protocol is malformed");
  const extensions = parseExtensions(headers.get("sec-websocket-extensions") ?? "");
  if (extensions === null) return refuse(400, "Sec-WebSocket-Extensions is malformed");
  return {
    accept: acceptOf(key),
    offered,
    deflate: deflate === null ? null : negotiateDeflate(extensions, deflate),
  };
}

/** Makes a {@linkcode RefusedHandshake}. */
export function refuse(
  status: number,
  reason: string,
  headers: RefusedHandshake["headers"] = [],
): RefusedHandshake {
  return { status, reason, headers };
}

/**
 * The value of Sec-WebSocket-Accept, RFC 6455 section 4.2.2.
 *
 * @param key The value of Sec-WebSocket-Key.
 */
export function acceptOf(key: string): string {
  return btoa(String.fromCharCode(...sha1(key + GUID)));
}

/** Tells whether a comma-separated list has a token, in any case. */
function hasToken(value: string | null, token: string): boolean {
  return value !== null && value.split(",").some((element) => element.trim().toLowerCase() === token);
}

/** The subprotocols of a request; `null` where one is no token, or is there twice (RFC 6455 section 4.1). */
function offeredProtocols(value: string | null): string[] | null {
  if (value === null) return [];
  const offered = value.split(",").map((element) => element.trim()).filter((element) => element !== "");
  if (offered.length === 0 || !offered.every(isToken)) return null;
  return new Set(offered).size === offered.length ? offered : null;
}
