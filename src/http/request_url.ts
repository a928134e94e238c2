import { hostOf, type Request } from "./request.ts";

/**
 * Characters in a target that the URL standard would encode or change, and segments that it would take out.
 */
const UNUSUAL = /[^\w\-.~!$&()*+,;=:@/?%[\]|]|\/\.|\/%2e/i;

/**
 * A host that the URL standard leaves as it is: without a port that may be the scheme's own, or a number to
 * read.
 */
const USUAL_HOST = /^(?!.*xn--)(?:[a-z][a-z\d-]*\.)*[a-z][a-z\d-]*(?::(?!0|80$|443$)[1-5]?\d{1,4})?$/;

const MAX_ORIGINS = 256;
/** Longer than any name of a host, RFC 1035 section 2.3.4, with its port. */
const MAX_KNOWN_HOST = 261;

/**
 * Makes absolute URLs of requests.
 *
 * That the origin is known, and the target looked at, saves 0.1 us (Deno, Node 26) to 0.4 us (Node 22) of a
 * `URL`.
 */
export class RequestUrls {
  readonly #scheme: "http" | "https";
  /** Origins by the hosts that clients send: few, unless a client makes them up. */
  readonly #origins = new Map<string, string | null>();

  /** @param scheme The scheme of the connections. */
  constructor(scheme: "http" | "https") {
    this.#scheme = scheme;
  }

  /**
   * The URL of a request: the target's own, or made of the scheme, `Host` and the target (RFC 9112 section
   * 3.3).
   *
   * @returns The URL as the URL standard writes it; `null` if it has no URL for what the client sent.
   */
  of(request: Request): string | null {
    const { form, raw } = request.uri;
    if (form === "absolute") return normalize(raw);
    const origin = this.#origin(form === "authority" ? raw : hostOf(request));
    if (origin === null || form !== "origin") return origin && origin + "/";
    return UNUSUAL.test(raw) ? normalize(origin + raw) : origin + raw;
  }

  #origin(host: string): string | null {
    const known = this.#origins.get(host);
    if (known !== undefined) return known;
    const given = `${this.#scheme}://${host === "" ? "localhost" : host}`;
    const origin = USUAL_HOST.test(host) ? given : normalize(given)?.replace(/\/$/, "") ?? null;
    if (host.length > MAX_KNOWN_HOST) return origin;
    if (this.#origins.size === MAX_ORIGINS) this.#origins.clear();
    this.#origins.set(host, origin);
    return origin;
  }
}

function normalize(url: string): string | null {
  return URL.parse(url)?.href ?? null;
}
