import type { RemoteAddress } from "../http/request.ts";
import { formatIpAddress, parseIpAddress } from "./ip_address.ts";

/** One step on the way of a request, as the proxy at its end has noted it. */
export interface ForwardedHop {
  /** The node that the proxy received the request from; `null` if it is unknown or its name is obfuscated. */
  readonly address: RemoteAddress | null;
  /** `true` if that node used an encrypted connection; `null` if the proxy does not say. */
  readonly secure: boolean | null;
  /** The Host of the request as the proxy received it; `null` if it does not say. */
  readonly host: string | null;
}

// RFC 7239 section 6:
//
//   node     = nodename [ ":" node-port ]
//   nodename = IPv4address / "[" IPv6address "]" / "unknown" / obfnode
//   obfnode  = "_" 1*( ALPHA / DIGIT / "." / "_" / "-")
//   node-port = 1*5DIGIT / obfport
//   obfport  = "_" 1*(ALPHA / DIGIT / "." / "_" / "-")
const NODE = /^(?:\[([^\]]*)\]|([0-9.]+)|unknown|_[A-Za-z0-9._-]+)(?::(?:([0-9]{1,5})|_[A-Za-z0-9._-]+))?$/i;

/** RFC 3986 section 3.2.2 and 3.2.3: `host [ ":" port ]`. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]{0,5})?$/;

/**
 * Parses the name of a node, RFC 7239 section 6.
 *
 * @param text The name, without quotation marks.
 * @returns The address, with port 0 where none is named; `null` for a node that is unknown or obfuscated;
 * `undefined` if the text is malformed.
 */
export function parseNode(text: string): RemoteAddress | null | undefined {
  const match = NODE.exec(text);
  if (match === null) return undefined;
  const [, ipv6, ipv4, port = "0"] = match;
  if (Number(port) > 65535) return undefined;
  const given = ipv6 ?? ipv4;
  if (given === undefined) return null;
  // Only IPv6 stands in brackets.
  const address = ipv6 === undefined || ipv6.includes(":") ? parseIpAddress(given) : null;
  return address === null ? undefined : { hostname: formatIpAddress(address), port: Number(port) };
}

/**
 * Reads the scheme of a hop.
 *
 * @returns `true` for `https` and `wss`, `false` for `http` and `ws`, `undefined` for anything else.
 */
export function parseScheme(text: string): boolean | undefined {
  const scheme = text.toLowerCase();
  if (scheme === "https" || scheme === "wss") return true;
  return scheme === "http" || scheme === "ws" ? false : undefined;
}

/** Checks if a text has the form of a Host field, and so can stand in a URL. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}
