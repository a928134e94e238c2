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

/** Bytes from which on the beginning of Brotli content decodes to something, however long its tables are. */
const BROTLI_SAMPLE = 512;

/** The part of `node:zlib` that is used. */
interface Zlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number; readonly BROTLI_OPERATION_FLUSH: number };
  inflateSync(data: Uint8Array, options: Readonly<Record<string, number>>): Uint8Array;
  inflateRawSync(data: Uint8Array, options: Readonly<Record<string, number>>): Uint8Array;
  brotliDecompressSync(data: Uint8Array, options: Readonly<Record<string, number>>): Uint8Array;
}

/** The beginning of the content of a response. */
export interface Beginning {
  /** The first bytes. */
  readonly bytes: Uint8Array;
  /** `true` if they are all. */
  readonly isWhole: boolean;
  /** `true` if the response is one of `fetch`. */
  readonly isFetched: boolean;
}

/**
 * Checks if content may be in the coding that its `content-encoding` names.
 *
 * `fetch` decodes content and leaves the field in the response. A program that passes such content on, as in
 * `new Response(upstream.body, upstream)`, names a coding that the content no longer has, and no client could
 * read it.
 *
 * @param coding The value of `content-encoding`.
 * @param beginning The beginning of the content.
 * @returns `false` if the bytes are not in that coding; `true` also for codings that are not known here.
 */
export async function mayBeCoded(coding: string, { bytes, isWhole, isFetched }: Beginning): Promise<boolean> {
  if (bytes.length === 0) return true;
  const outermost = coding.split(",").at(-1)!.trim().toLowerCase();
  if (isFetched && DECODED_BY_FETCH.test(outermost)) return false;
  const expected = BEGINNINGS[outermost];
  if (expected !== undefined) return expected.every((byte, at) => at >= bytes.length || bytes[at] === byte);
  if (outermost !== "br" && outermost !== "deflate") return true;
  const sample = bytes.subarray(0, SAMPLE);
  const { constants, ...zlib } = await import("node:zlib") as unknown as Zlib;
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_DECODED };
  if (outermost === "deflate") {
    // Some send deflate without the zlib format around it: RFC 9110 section 8.4.1.2.
    return decodedSize(() => zlib.inflateSync(sample, options)) >= 0 ||
      decodedSize(() => zlib.inflateRawSync(sample, options)) >= 0;
  }
  options.finishFlush = constants.BROTLI_OPERATION_FLUSH;
  const size = decodedSize(() => zlib.brotliDecompressSync(sample, options));
  // Deno decodes what is malformed to nothing.
  const isEnough = isWhole ? sample.length > 1 : sample.length >= BROTLI_SAMPLE;
  return size > 0 || (size === 0 && !isEnough);
}

/** The number of bytes that content decodes to; -1 if it is malformed. */
function decodedSize(decode: () => Uint8Array): number {
  try {
    return decode().length;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" ? MAX_DECODED : -1;
  }
}
