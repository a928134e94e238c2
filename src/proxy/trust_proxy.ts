import type { RemoteAddress } from "../http/request.ts";
import { forwardedHops } from "./forwarded_field.ts";
import type { ForwardedHop } from "./forwarded_hop.ts";
import { TrustedAddresses, type TrustedPeers } from "./trusted_addresses.ts";
import { xForwardedHops } from "./x_forwarded_fields.ts";

/**
 * Fields by which proxies tell the client: `Forwarded` (RFC 7239), or `X-Forwarded-For`, `-Proto` and
 * `-Host`.
 */
export type ForwardedHeader = "forwarded" | "x-forwarded";

const HEADERS: readonly unknown[] = ["forwarded", "x-forwarded"] satisfies ForwardedHeader[];

/** Proxies whose header fields about the client are believed. */
export interface TrustProxyOptions {
  /** Addresses of the proxies. */
  readonly trusted: TrustedPeers;
  /** The fields that the proxies set. Others are not looked at, because a client could have set them. */
  readonly header: ForwardedHeader;
}

/** The client of a request, as far as trusted proxies tell. */
export interface ForwardedClient {
  /** The client, or the nearest proxy that is known: port 0 where the port is not told. */
  readonly address: RemoteAddress;
  /**
   * `true` if the client used an encrypted connection; `null` if no trusted proxy says so: that of the
   * connection stands.
   */
  readonly secure: boolean | null;
  /** The Host that the client sent; `null` if no trusted proxy says so: that of the request stands. */
  readonly host: string | null;
}

/** Finds the clients of requests that come by way of proxies. */
export class TrustProxy {
  readonly #trusted: TrustedAddresses;
  readonly #header: ForwardedHeader;

  /**
   * @param options The proxies, and the fields that they set.
   * @throws {TypeError} If an option is not of its form; the message names it.
   */
  constructor(options: TrustProxyOptions) {
    const { trusted, header } = options;
    if (!HEADERS.includes(header)) {
      throw new TypeError(`Cannot use option trustProxy.header: it is not "forwarded" or "x-forwarded"`);
    }
    this.#trusted = new TrustedAddresses(trusted, "trustProxy.trusted");
    this.#header = header;
  }

  /**
   * Checks if a connection comes from a trusted proxy: for the others {@linkcode client} need not be
   * asked.
   *
   * @param peer The other end of the connection.
   */
  trusts(peer: RemoteAddress): boolean {
    return this.#trusted.has(peer);
  }

  /**
   * Finds the client of a request.
   *
   * @param peer The other end of the connection.
   * @param field Gives the value of a header field by its lower-case name, several lines joined with commas;
   * `null` if it is absent.
   */
  client(peer: RemoteAddress, field: (name: string) => string | null): ForwardedClient {
    return findClient(this.#hops(field), peer, this.#trusted);
  }

  #hops(field: (name: string) => string | null): Iterable<ForwardedHop> {
    if (this.#header === "forwarded") return forwardedHops(field("forwarded") ?? "");
    return xForwardedHops(
      field("x-forwarded-for") ?? "",
      field("x-forwarded-proto"),
      field("x-forwarded-host"),
    );
  }
}

/**
 * Follows the hops back from the peer to the first node that is not a trusted proxy: that is the client,
 * because only what a trusted proxy has noted is believed. The scheme and the host are those of the client's
 * hop. Where the next node is unknown, obfuscated or malformed, the proxy that noted it is as far as the way
 * can be told.
 *
 * @param hops The hops, the last one first, up to the first that is malformed.
 * @param peer The other end of the connection.
 * @param trusted The trusted proxies.
 */
export function findClient(
  hops: Iterable<ForwardedHop>,
  peer: RemoteAddress,
  trusted: TrustedAddresses,
): ForwardedClient {
  let client: ForwardedClient = { address: peer, secure: null, host: null };
  if (!trusted.has(peer)) return client;
  for (const { address, secure, host } of hops) {
    client = { address: address ?? client.address, secure, host };
    if (address === null || !trusted.has(address)) break;
  }
  return client;
}
