import { type KnownParts, type PlainParts, typeOf } from "./plain_response.ts";

const NativeResponse: typeof globalThis.Response = globalThis.Response;

/** What a recorded response remembers; `null` of any other. */
export let recordedParts: (web: object) => KnownParts | null;

/**
 * A `Response` of the runtime's that remembers what it was made of. Bun takes 0.3 us to make one instead of its own, and 3.3 us
 * to read the text out of its own; and as it takes nothing else for a `Response`, this has to be one.
 */
export class RecordedResponse extends NativeResponse {
  #parts: PlainParts;
  #touched = false;

  static {
    // A Blob of Bun's may be a file that is not there, which reading it tells and its size does not.
    recordedParts = (web) => #parts in web && !(web.#parts.body instanceof Blob) ? web.#parts : null;
  }

  /**
   * @param parts What the arguments come to.
   * @param body As it was given to `new Response`.
   * @param init As it was given to `new Response`.
   */
  constructor(parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined) {
    super(body, init);
    this.#parts = parts;
  }

  override get headers(): Headers {
    const headers = super.headers;
    if (!this.#touched) {
      this.#touched = true;
      // Bun gives text its type when it sends it, Fetch when the response is made: a copy of these fields has it too.
      const type = typeOf(this.#parts.body);
      if (type !== "" && !headers.has("content-type")) headers.set("content-type", type);
      // From now on they may change.
      this.#parts = { ...this.#parts, fields: null };
    }
    return headers;
  }
}
