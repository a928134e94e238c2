import { delegateMembers, NATIVE } from "./delegate_members.ts";
import type { KnownParts, PlainParts } from "./response_parts.ts";

type WebResponse = globalThis.Response;

let NativeResponse: typeof globalThis.Response;

/** Reads the parts of a {@linkcode NodeResponse} that has not been used; `null` of any other response. */
export let nodeParts: (web: object) => KnownParts | null;

/**
 * A Fetch `Response` of known size that stands for one of Node's. Making one of Node's with text is
 * expensive, because Node makes a stream of the text. Node's own response is made only for the parts that
 * need it.
 *
 * The prototype inherits from that of `Response`.
 */
export class NodeResponse {
  readonly #parts: PlainParts;
  #headers: Headers | null = null;
  #native: WebResponse | null = null;

  static {
    nodeParts = (web) => {
      if (!(#parts in web) || web.#native !== null) return null;
      return { body: web.#parts.body, fields: web.#headers === null ? web.#parts.fields : null };
    };
  }

  /** @param parts The arguments of the constructor. */
  constructor(parts: PlainParts) {
    this.#parts = parts;
  }

  get status(): number {
    return this.#parts.status;
  }

  get statusText(): string {
    return this.#parts.statusText;
  }

  get ok(): boolean {
    return this.#parts.status < 300;
  }

  get headers(): Headers {
    return this.#headers ??= new Headers(this.#parts.fields as [string, string][]);
  }

  get bodyUsed(): boolean {
    return this.#native !== null && this.#native.bodyUsed;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.#parts.body === null ? null : this[NATIVE]().body;
  }

  clone(): WebResponse {
    const { status, statusText, body } = this.#parts;
    if (this.#native !== null) {
      return new NativeResponse(this.#native.clone().body, { status, statusText, headers: this.headers });
    }
    const copy = new NodeResponse({ status, statusText, body, fields: [...this.headers] });
    return copy as unknown as WebResponse;
  }

  /** Node's response, made if there is none yet. */
  [NATIVE](): WebResponse {
    const { body, status, statusText } = this.#parts;
    return this.#native ??= new NativeResponse(body, { status, statusText, headers: this.headers });
  }
}

/** Completes the class by the members that Node's has; to be called before that is replaced. */
export function prepareNodeResponses(): void {
  NativeResponse = globalThis.Response;
  delegateMembers(NodeResponse.prototype, NativeResponse.prototype, new NativeResponse());
}
