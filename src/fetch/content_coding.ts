/** Codings whose content begins with fixed bytes: RFC 1952 section 2.3.1, RFC 8878 section 3.1. */
const BEGINNINGS: Readonly<Record<string, readonly number[]>> = {
  "gzip": [0x1f, 0x8b],
  "x-gzip": [0x1f, 0x8b],
  "zstd": [0x28, 0xb5, 0x2f, 0xfd],
};

/** Codings that `fetch` decodes on every runtime. Deno leaves `deflate` as it is. */
const DECODED_BY_FETCH = /^(?:gzip|x-gzip|br)$/;

/** Bytes to try to decode, and the most that they may become. */
const SAMPLE = 4096;
const MAX_DECODED = 1 << 20;

/** The part of `node:zlib` that is used. */
interface Zlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number; readonly BROTLI_OPERATION_FLUSH: number };
  inflateSync(data: Uint8Array, options: Readonly<Record<string, number>>): unknown;
  inflateRawSync(data: Uint8Array, options: Readonly<Record<string, number>>): unknown;
  brotliDecompressSync(data: Uint8Array, options: Readonly<Record<string, number>>): unknown;
}

/**
 * Tells whether content may be in the coding that its `content-encoding` names.
 *
 * `fetch` decodes content and leaves the field in the response. A program that passes such content on, as in
 * `new Response(upstream.body, upstream)`, names a coding that the content no longer has, and no client could read it.
 *
 * @param coding The value of `content-encoding`.
 * @param beginning The first bytes of the content.
 * @param isFetched Whether the content is that of a response of `fetch`.
 * @returns `false` if the bytes are not in that coding; `true` also for codings that are not known here.
 */
export async function mayBeCoded(
  coding: string,
  beginning: Uint8Array,
  isFetched: boolean,
): Promise<boolean> {
  if (beginning.length === 0) return true;
  const outermost = coding.split(",").at(-1)!.trim().toLowerCase();
  if (isFetched && DECODED_BY_FETCH.test(outermost)) return false;
  const expected = BEGINNINGS[outermost];
  if (expected !== undefined) {
    return expected.every((byte, at) => at >= beginning.length || beginning[at] === byte);
  }
  if (outermost !== "br" && outermost !== "deflate") return true;
  const sample = beginning.subarray(0, SAMPLE);
  const { constants, ...zlib } = await import("node:zlib") as unknown as Zlib;
  if (outermost === "br") {
    const finishFlush = constants.BROTLI_OPERATION_FLUSH;
    return decodes(() => zlib.brotliDecompressSync(sample, { finishFlush, maxOutputLength: MAX_DECODED }));
  }
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_DECODED };
  // Without the zlib format around it, deflate is malformed and yet understood: RFC 9110 section 8.4.1.2.
  return decodes(() => zlib.inflateSync(sample, options)) ||
    decodes(() => zlib.inflateRawSync(sample, options));
}

function decodes(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    // It decodes to more than is looked at.
    return (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
  }
}
