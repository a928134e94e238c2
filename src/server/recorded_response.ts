import { hasField, type HeaderMap } from "../http/header_map.ts";
import type { PlainBody, PlainParts } from "./plain_response.ts";

const NativeResponse: typeof globalThis.Response = globalThis.Response;

/** The parts of a recorded response; `null` of any other. */
export let recordedParts: (
  web: object,
) => { readonly body: PlainBody; readonly fields: HeaderMap | null } | null;

/**
 * A `Response` of the runtime's that remembers what it was made of. Bun takes 0.3 us for making one instead of its own, and
 * 3.3 us for reading the text out of its own; and as it takes no other for a `Response`, this has to be one.
 */
export class RecordedResponse extends NativeResponse {
  readonly #body: PlainBody;
  /** `null` once somebody may have changed them. */
  #fields: HeaderMap | null;
  readonly #type: string | null;

  static {
    recordedParts = (web) => #body in web ? { body: web.#body, fields: web.#fields } : null;
  }

  constructor(parts: PlainParts, body: BodyInit | null | undefined, init: ResponseInit | undefined) {
    super(body, init);
    this.#body = parts.body;
    this.#fields = parts.fields;
    this.#type = hasField(parts.fields, "content-type") ? parts.fields.get("content-type") : null;
  }

  override get headers(): Headers {
    const headers = super.headers;
    // Bun adds the type of text when it sends it; the Fetch standard, when the response is made.
    if (this.#fields !== null && this.#type !== null && !headers.has("content-type")) {
      headers.set("content-type", this.#type);
    }
    this.#fields = null;
    return headers;
  }
}
