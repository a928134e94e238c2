import type { RequestUri } from "./request_uri.ts";

/**
 * Characters in a target that the URL standard would encode or change, and path segments that it would remove.
 */
const UNUSUAL = /[^\w\-.~!$&()*+,;=:@/?%[\]|]|\/\.|\/%2e/i;

/**
 * Hosts that the URL standard leaves as they are: names that are no numbers, without a port that may be the default
 * of the scheme.
 */
const USUAL_HOST = /^(?!.*xn--)(?:[a-z][a-z\d-]*\.)*[a-z][a-z\d-]*(?::(?!0|80$|443$)[1-5]?\d{1,4})?$/;

/** Number of origins that are remembered. */
const MAX_ORIGINS = 256;
/** Longest host that is remembered: the longest name (RFC 1035 section 2.3.4) with a port. */
const MAX_KNOWN_HOST = 261;

/**
 * Makes the absolute URLs of requests, RFC 9112 section 3.3. It remembers origins, of which a server mostly has few,
 * because parsing a URL costs more than all else that a simple request needs.
 */
export class RequestUrls {
  readonly #scheme: "http" | "https";
  /** Origins by host; `null` for a host that no URL can have. */
  readonly #origins = new Map<string, string | null>();

  /** @param scheme The scheme of the connections. */
  constructor(scheme: "http" | "https") {
    this.#scheme = scheme;
  }

  /**
   * Makes the URL of a request: the target itself if it is in absolute-form, or else one of the scheme, the host
   * and the target.
   *
   * A request whose `Host` is empty or missing is for the server's default name, RFC 9112 section 3.3: `localhost`
   * with the port that the server listens on.
   *
   * @param uri The request target.
   * @param host The value of `Host`; empty if there is none.
   * @param port The port that the server listens on; 0 if it has none or it is not known.
   * @returns The URL as the URL standard writes it; `null` if `Host` or the target cannot stand in a URL.
   */
  of(uri: RequestUri, host: string, port: number): string | null {
    const { form, raw } = uri;
    if (form === "absolute") return normalize(raw);
    const authority = form === "authority" ? raw : host === "" ? defaultAuthority(port) : host;
    const origin = this.#origin(authority);
    if (origin === null) return null;
    if (form !== "origin") return origin + "/";
    return UNUSUAL.test(raw) ? normalize(origin + raw) : origin + raw;
  }

  #origin(host: string): string | null {
    const known = this.#origins.get(host);
    if (known !== undefined) return known;
    const given = `${this.#scheme}://${host}`;
    const origin = USUAL_HOST.test(host) ? given : normalize(given)?.replace(/\/$/, "") ?? null;
    if (host.length > MAX_KNOWN_HOST) return origin;
    if (this.#origins.size === MAX_ORIGINS) this.#origins.clear();
    this.#origins.set(host, origin);
    return origin;
  }
}

function defaultAuthority(port: number): string {
  return port === 0 ? "localhost" : `localhost:${port}`;
}

function normalize(url: string): string | null {
  return URL.parse(url)?.href ?? null;
}
