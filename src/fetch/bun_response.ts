import { type KnownParts, type PlainParts, typeOf } from "./response_parts.ts";

type WebResponse = globalThis.Response;

/** The responses that {@linkcode recordResponses} makes. */
export interface Recorder {
  /** Makes a response of the arguments of `new Response`, and the parts that they come to. */
  make(parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined): WebResponse;
  /** The parts of such a response; `null` of any other. */
  partsOf(web: WebResponse): KnownParts | null;
}

/**
 * Makes a class of `Response`s of Bun's that remember what they were made of, because Bun's own can only be
 * read as a stream. Bun takes no object for a `Response` that is not one of its class, so the class extends
 * that.
 */
export function recordResponses(): Recorder {
  class RecordedResponse extends globalThis.Response {
    #parts: PlainParts;
    #touched = false;

    constructor(parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined) {
      super(body, init);
      this.#parts = parts;
    }

    override get headers(): Headers {
      const headers = super.headers;
      if (!this.#touched) {
        this.#touched = true;
        // Bun gives text its type when it sends it, the Fetch standard when the response is made: a copy of
        // these fields has it too.
        const type = typeOf(this.#parts.body);
        if (type !== "" && !headers.has("content-type")) headers.set("content-type", type);
        // From now on the program may change them.
        this.#parts = { ...this.#parts, fields: null };
      }
      return headers;
    }

    override clone(): WebResponse {
      // The copy is one of Bun's, which knows the type only from the fields.
      void this.headers;
      return super.clone();
    }

    static partsOf(web: WebResponse): KnownParts | null {
      if (!(#parts in web)) return null;
      const { body } = web.#parts;
      return body instanceof Blob && !hasSize(body) ? null : web.#parts;
    }
  }
  Reflect.deleteProperty(RecordedResponse.prototype, "constructor");
  return {
    make: (parts, body, init) => new RecordedResponse(parts, body, init),
    partsOf: RecordedResponse.partsOf,
  };
}

/**
 * Checks if a `Blob` knows how much content it has. A `Bun.file` has size 0 if it is not there, or if
 * only reading tells, as in `/proc`, and `Infinity` if it is a device: these are read as streams.
 */
function hasSize({ size }: Blob): boolean {
  return size > 0 && Number.isFinite(size);
}
