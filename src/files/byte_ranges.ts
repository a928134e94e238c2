/** A part of a file. */
export interface ByteRange {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last byte; greater than `start`. */
  readonly end: number;
}

/** Ranges that one request may ask for. A client that asks for more gets the whole file. */
const MAX_RANGES = 50;

// RFC 9110 section 14.1.1 and 14.2:
//
//   Range       = range-unit "=" range-set
//   range-set   = 1#range-spec
//   range-spec  = int-range / suffix-range
//   int-range   = 1*DIGIT "-" [ 1*DIGIT ]
//   suffix-range = "-" 1*DIGIT
const RANGE_SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * Parses a `range` field (RFC 9110 section 14.2).
 *
 * A server may ignore any Range field. The field is ignored where answering it would cost more than the whole
 * file: more than 50 ranges, or ranges that overlap. An empty file has no bytes that a range could name, so
 * the field is ignored too.
 *
 * @param value The value of the field.
 * @param size Bytes of the file.
 * @returns The satisfiable ranges in the order of the request, empty if none is satisfiable (416); `null` if
 * the field is to be ignored: it is malformed, names another unit than bytes, or is one of the above.
 */
export function parseByteRanges(value: string, size: number): readonly ByteRange[] | null {
  if (size === 0 || !/^bytes=/i.test(value)) return null;
  const ranges: ByteRange[] = [];
  let specs = 0;
  for (const element of value.slice(6).split(",")) {
    const spec = element.replace(/^[ \t]+|[ \t]+$/g, "");
    if (spec === "") continue;
    if (++specs > MAX_RANGES) return null;
    const range = parseSpec(spec, size);
    if (range === null) return null;
    if (range.start < range.end) ranges.push(range);
  }
  if (specs === 0) return null;
  return overlap(ranges) ? null : ranges;
}

/** One range, cut to the file; an empty one if it is not satisfiable, `null` if it is malformed. */
function parseSpec(spec: string, size: number): ByteRange | null {
  const match = RANGE_SPEC.exec(spec);
  if (match === null) return null;
  const [, first, last = "", suffix] = match;
  if (suffix !== undefined) return { start: Math.max(size - Number(suffix), 0), end: size };
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return null;
  return { start: Math.min(start, size), end };
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  return sorted.some((range, i) => i > 0 && range.start < sorted[i - 1]!.end);
}
