import type { RemoteAddress } from "../http/request.ts";

/**
 * The Fetch `Request` that a {@linkcode FetchFunction} gets. Besides the standard's members it has those by
 * which frameworks that are written for srvx, such as h3, find the client and tell of work that outlives the
 * response.
 */
export interface ServedRequest extends globalThis.Request {
  /** IP address of the client; `undefined` where it came over a Unix socket. */
  readonly ip?: string | undefined;
  /**
   * Keeps the thread alive for a promise when the server closes, as {@linkcode FetchInfo.waitUntil}.
   *
   * @param promise Work that outlives the response.
   */
  waitUntil?(promise: Promise<unknown>): void;
}

/**
 * The IP address in an address.
 *
 * @param address The client's address.
 * @returns `undefined` for a Unix socket.
 */
export function ipOf(address: RemoteAddress): string | undefined {
  return "hostname" in address ? address.hostname : undefined;
}
