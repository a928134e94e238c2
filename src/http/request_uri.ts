/** The four forms of a request target (RFC 9112 section 3.2). */
export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/**
 * The request target as received in the request line (RFC 9112 section 3.2), and its parts. Nothing is
 * decoded or normalized, except that a scheme is in lower case.
 *
 * | form | sent with | example | `path` | `query` | `authority` |
 * |---|---|---|---|---|---|
 * | `origin` | nearly every request | `/where?q=now` | `/where` | `q=now` | `null` |
 * | `absolute` | requests to a proxy | `http://a.example/where` | `/where` | `null` | `a.example` |
 * | `authority` | `CONNECT` | `a.example:443` | empty | `null` | `a.example:443` |
 * | `asterisk` | `OPTIONS` | `*` | `*` | `null` | `null` |
 *
 * @example Splitting a target
 * ```ts
 * import { RequestUri } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * const uri = new RequestUri("/search?q=tea", "origin");
 *
 * assertEquals(uri.path, "/search");
 * assertEquals(new URLSearchParams(uri.query ?? "").get("q"), "tea");
 * ```
 */
export class RequestUri {
  readonly #raw: string;
  readonly #form: TargetForm;
  #parts: Parts | null = null;

  /**
   * Creates the target from text that the parser has already checked. Invalid text is split all the same.
   *
   * @param raw The request target as received.
   * @param form The form of the target. The method of the request decides it where the text alone does not.
   */
  constructor(raw: string, form: TargetForm) {
    this.#raw = raw;
    this.#form = form;
  }

  /** The form of the target, one of four. */
  get form(): TargetForm {
    return this.#form;
  }

  /** The target as received. */
  get raw(): string {
    return this.#raw;
  }

  /**
   * The path, still percent-encoded and without the query. In absolute-form it is the path of the URI, or `/`
   * if that is empty; in authority-form it is empty; in asterisk-form it is `*`.
   */
  get path(): string {
    return (this.#parts ??= split(this.#raw, this.#form)).path;
  }

  /** The text after the first `?`, still percent-encoded and possibly empty; `null` if there is no `?`. */
  get query(): string | null {
    return (this.#parts ??= split(this.#raw, this.#form)).query;
  }

  /** Host and port as written in the target; `null` in origin-form and asterisk-form, which have none. */
  get authority(): string | null {
    return (this.#parts ??= split(this.#raw, this.#form)).authority;
  }

  /** The scheme of an absolute-form target in lower case, without the colon; `null` in the other forms. */
  get scheme(): string | null {
    return (this.#parts ??= split(this.#raw, this.#form)).scheme;
  }

  /**
   * The target as received.
   *
   * @returns The value of {@linkcode RequestUri.raw}.
   */
  toString(): string {
    return this.#raw;
  }
}

interface Parts {
  readonly path: string;
  readonly query: string | null;
  readonly authority: string | null;
  readonly scheme: string | null;
}

function split(raw: string, form: TargetForm): Parts {
  if (form === "asterisk") return { path: raw, query: null, authority: null, scheme: null };
  if (form === "authority") return { path: "", query: null, authority: raw, scheme: null };
  const mark = raw.indexOf("?");
  const query = mark === -1 ? null : raw.slice(mark + 1);
  const rest = mark === -1 ? raw : raw.slice(0, mark);
  if (form === "origin") return { path: rest, query, authority: null, scheme: null };

  const colon = rest.indexOf(":");
  const scheme = rest.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!rest.startsWith("//", colon + 1)) {
    return { path: rest.slice(colon + 1), query, authority: null, scheme };
  }
  const slash = rest.indexOf("/", colon + 3);
  if (slash === -1) return { path: "/", query, authority: rest.slice(colon + 3), scheme };
  return { path: rest.slice(slash), query, authority: rest.slice(colon + 3, slash), scheme };
}
