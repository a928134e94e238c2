import type { PartsReader, PlainBody, PlainFields } from "./response_parts.ts";

type WebResponse = globalThis.Response;
type Members = Record<PropertyKey, unknown>;

const PROBE = "handoff";
const TEXT_FIELDS: PlainFields = [["content-type", "text/plain;charset=UTF-8"]];

/**
 * Makers of responses that show whether fields are read right. To look at the fields of a response changes
 * it.
 */
const SAMPLES: readonly (() => WebResponse)[] = [
  () => new Response(PROBE),
  () => new Response(PROBE, { status: 201 }),
  () => new Response(PROBE, { headers: { "content-type": "a/b" } }),
  () => new Response(PROBE, { headers: [[PROBE, PROBE]] }),
  () => new Response(PROBE, { headers: new Headers({ [PROBE]: PROBE }) }),
  () => Response.json(PROBE),
  () => Response.json(PROBE, { status: 201 }),
  () => Response.json(PROBE, { headers: { "content-type": "a/b" } }),
  () => Response.json(PROBE, { headers: { [PROBE]: PROBE } }),
  () => changed(new Response(PROBE)),
  () => changed(Response.json(PROBE)),
  () => new Response(PROBE).clone(),
];

/**
 * Finds where Deno keeps the text, bytes or `Blob` that a `Response` was made of, and the type of one that
 * has no other fields: under symbols, which have changed names and may again. Where they are found, reading
 * them saves most of what it costs to read a stream of the text. Where they are not, the stream is read.
 *
 * @returns `null` if there are none, as on other runtimes.
 */
export function denoPartsReader(): PartsReader | null {
  const whole = symbolsOf(() => new Response(PROBE, { headers: { [PROBE]: PROBE } }), (value) => {
    return bodyIn(value) === PROBE;
  })[0];
  if (whole === undefined) return null;
  const readWhole = ofWhole(whole);
  const withFields = new Response(PROBE, { headers: { "content-type": "a/b" } }) as unknown as Members;
  const texts = symbolsOf(() => new Response(PROBE), (value) => value === PROBE)
    .filter((symbol) => withFields[symbol] !== PROBE);
  const types = symbolsOf(() => Response.json(PROBE), (value) => value === "application/json");
  const readers = texts.flatMap((text) => [...types.map((type) => ofText(text, type)), ofText(text, null)]);
  const read = readers.find(readsFields);
  return (web) => {
    // A class that extends the runtime's may have parts of its own.
    if (Object.getPrototypeOf(web) !== Response.prototype) return null;
    return read?.(web) ?? readWhole(web);
  };
}

/** The symbols under which a response holds a value that is gone once its body has been used. */
function symbolsOf(make: () => WebResponse, isSought: (value: unknown) => boolean): symbol[] {
  const sought = (web: WebResponse) => {
    const members = web as unknown as Members;
    return Object.getOwnPropertySymbols(web).filter((symbol) => isSought(members[symbol]));
  };
  const used = make();
  used.text();
  const left = sought(used);
  return sought(make()).filter((symbol) => !left.includes(symbol));
}

/** Reads a response that has been made as a whole, whose fields the runtime knows. */
function ofWhole(whole: symbol): PartsReader {
  return (web) => {
    const body = bodyIn((web as unknown as Members)[whole]);
    return body === undefined ? null : { body, fields: null };
  };
}

/**
 * Reads a response of text without fields of its own, the rest of which Deno makes only when it is asked for.
 */
function ofText(text: symbol, type: symbol | null): PartsReader {
  return (web) => {
    const members = web as unknown as Members;
    const body = members[text];
    if (typeof body !== "string") return null;
    return { body, fields: type === null ? null : fieldsOf(members[type]) };
  };
}

function fieldsOf(type: unknown): PlainFields | null {
  if (type === null) return TEXT_FIELDS;
  return typeof type === "string" ? [["content-type", type]] : null;
}

function readsFields(read: PartsReader): boolean {
  return SAMPLES.every((make) => {
    const fields = read(make())?.fields ?? null;
    return fields === null || JSON.stringify(fields) === JSON.stringify([...make().headers]);
  });
}

function changed(web: WebResponse): WebResponse {
  web.headers.set(PROBE, PROBE);
  return web;
}

/** What Deno keeps of a response, as far as it is looked at here. */
interface Whole {
  readonly body?:
    | {
      /** A stream; or text or bytes that no stream has been made of. */
      readonly streamOrStatic?: { readonly body?: unknown; readonly consumed?: unknown };
      /** The value that the stream was made of. */
      readonly source?: unknown;
    }
    | null;
}

/** The plain body in what Deno keeps; `undefined` if there is none, or its stream is in use. */
function bodyIn(value: unknown): PlainBody | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { body } = value as Whole;
  if (body === null) return null;
  const kept = body?.streamOrStatic;
  if (kept instanceof ReadableStream) {
    return body?.source instanceof Blob && !kept.locked ? body.source : undefined;
  }
  if (kept === undefined || kept.consumed !== false) return undefined;
  return typeof kept.body === "string" || kept.body instanceof Uint8Array
    ? kept.body as PlainBody
    : undefined;
}
