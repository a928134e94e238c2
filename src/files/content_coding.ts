/** A content coding for which a compressed copy can lie next to a file. */
export type ContentCoding = "br" | "zstd" | "gzip";

/**
 * The file extension of each coding, and the order in which a server prefers them: the smallest result first.
 */
export const CODING_EXTENSIONS: Readonly<Record<ContentCoding, string>> = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

// RFC 9110 section 12.4.2 and 12.5.3:
//
//   Accept-Encoding = #( codings [ weight ] )
//   codings         = content-coding / "identity" / "*"
//   weight          = OWS ";" OWS "q=" qvalue
//   qvalue          = ( "0" [ "." 0*3("0"-"9") ] ) / ( "1" [ "." 0*3("0") ] )
const ELEMENT = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/**
 * Chooses content codings by an `accept-encoding` field (RFC 9110 section 12.5.3).
 *
 * @param value The value of the field; `null` if the request has none, which most often is a client that
 * decodes nothing.
 * @param available The codings that the server could send, the one that it prefers first.
 * @returns The acceptable ones in the order to try them: by the client's weight, then by the server's
 * preference. Those that the client weighs below `identity` are left out.
 */
export function acceptedCodings(
  value: string | null,
  available: readonly ContentCoding[],
): readonly ContentCoding[] {
  if (value === null || available.length === 0) return [];
  const weights = weightsOf(value);
  const others = weights.get("*") ?? 0;
  const identity = weights.get("identity") ?? 0;
  const weigh = (coding: ContentCoding) => weights.get(coding) ?? others;
  return available.filter((coding) => weigh(coding) > 0 && weigh(coding) >= identity)
    .sort((a, b) => weigh(b) - weigh(a));
}

/** The weight of each coding that is listed; a malformed element is skipped. */
function weightsOf(value: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of value.toLowerCase().split(",")) {
    const match = ELEMENT.exec(element.trim());
    if (match === null) continue;
    const [, coding = "", weight = "1"] = match;
    // RFC 9110 section 8.4.1.3: x-gzip is equivalent to gzip.
    weights.set(coding === "x-gzip" ? "gzip" : coding, Number(weight));
  }
  return weights;
}
