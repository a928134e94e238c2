import type { RemoteAddress } from "../http/request.ts";
import { parseIpAddress } from "./ip_address.ts";

/**
 * Peers whose word about the client is believed: IP addresses (`"192.0.2.1"`, `"2001:db8::1"`), ranges of
 * them in CIDR form (`"10.0.0.0/8"`, `"fd00::/8"`), and `"unix"` for every peer of a Unix socket; or `"all"`
 * for every peer. An IPv4 range contains no IPv6 address, and the other way round; an IPv4-mapped IPv6
 * address counts as IPv4.
 */
export type TrustedPeers = "all" | readonly string[];

/** A range of IP addresses: those whose first `bits` bits are the same. */
interface AddressRange {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** First bits of an IPv4-mapped IPv6 address, which are the same for all of them. */
const MAPPED_BITS = 96;

/** A checked list of trusted peers. */
export class TrustedAddresses {
  readonly #all: boolean;
  readonly #unix: boolean;
  readonly #ranges: readonly AddressRange[];

  /**
   * Checks a list of trusted peers.
   *
   * @param trusted The list.
   * @param option The option that the list comes from, for the error's message.
   * @throws {TypeError} If an item is not an address, a range or `"unix"`; the message names it.
   */
  constructor(trusted: TrustedPeers, option = "trusted") {
    if (trusted !== "all" && !Array.isArray(trusted)) {
      throw new TypeError(`Cannot use option ${option}: it is not "all" or a list of addresses`);
    }
    const items = trusted === "all" ? [] : [...trusted];
    this.#all = trusted === "all";
    this.#unix = items.includes("unix");
    this.#ranges = items.filter((item) => item !== "unix").map((item) => parseRange(item, option));
  }

  /**
   * Checks if a peer is trusted.
   *
   * @param peer The address of the peer, as its socket gives it.
   */
  has(peer: RemoteAddress): boolean {
    if (this.#all) return true;
    if ("path" in peer) return this.#unix;
    return this.hasHost(peer.hostname);
  }

  /**
   * Checks if an IP address is trusted.
   *
   * @param hostname The address as text; a zone (`%eth0`) is ignored. Text that is no IP address is trusted
   * by `"all"` alone.
   */
  hasHost(hostname: string): boolean {
    if (this.#all) return true;
    const zone = hostname.indexOf("%");
    const bytes = parseIpAddress(zone === -1 ? hostname : hostname.slice(0, zone));
    return bytes !== null && this.#ranges.some((range) => contains(range, bytes));
  }
}

function parseRange(item: unknown, option: string): AddressRange {
  const [address = "", length, ...more] = typeof item === "string" ? item.split("/") : [];
  const bytes = parseIpAddress(address);
  if (bytes === null || more.length > 0) fail(item, option);
  const size = 8 * bytes.length;
  if (length === undefined) return { bytes, bits: size };
  const isMapped = bytes.length === 4 && address.includes(":");
  const bits = /^(?:0|[1-9][0-9]{0,2})$/.test(length) ? Number(length) - (isMapped ? MAPPED_BITS : 0) : -1;
  if (bits < 0 || bits > size) fail(item, option);
  return { bytes, bits };
}

function fail(item: unknown, option: string): never {
  const text = typeof item === "string" ? `"${item}"` : String(item);
  throw new TypeError(
    `Cannot use option ${option}: ${text} is not an IP address, a range such as "10.0.0.0/8", or "unix"`,
  );
}

function contains({ bytes, bits }: AddressRange, address: Uint8Array): boolean {
  if (address.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) {
    if (address[i] !== bytes[i]) return false;
  }
  const rest = bits & 7;
  if (rest === 0) return true;
  const shift = 8 - rest;
  return address[whole]! >> shift === bytes[whole]! >> shift;
}
