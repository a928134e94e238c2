// RFC 9110 section 8.8.3:
//
//   entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE
//   etagc      = %x21 / %x23-7E / obs-text
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;

/** Comparison of two entity tags (RFC 9110 section 8.8.3.2): strong, or regardless of `W/`. */
export type TagComparison = "strong" | "weak";

/**
 * Builds the strong entity tag of a file from its size and the millisecond in which it was last modified.
 *
 * @param size Bytes of the file.
 * @param modified Milliseconds since the epoch, whole.
 * @param suffix Distinguishes representations of the same resource, for example the content coding.
 * @returns The tag with its quotes.
 */
export function entityTag(size: number, modified: number, suffix: string): string {
  return `"${modified.toString(36)}-${size.toString(36)}${suffix}"`;
}

/**
 * Compares the value of `if-match` or `if-none-match` with an entity tag.
 *
 * @param list `*`, or a list of entity tags. What follows a syntax error is ignored.
 * @param tag The current tag; `null` if the representation has none, which only `*` matches.
 * @param comparison The comparison that the field demands.
 */
export function matchesTag(list: string, tag: string | null, comparison: TagComparison): boolean {
  if (list === "*") return true;
  if (tag === null) return false;
  const wanted = tag.startsWith("W/") ? tag.slice(2) : tag;
  if (comparison === "strong" && wanted !== tag) return false;
  let at = 0;
  while (at < list.length) {
    const code = list.charCodeAt(at);
    if (code === 0x2c || code === 0x20 || code === 0x09) {
      at++;
      continue;
    }
    ENTITY_TAG.lastIndex = at;
    const found = ENTITY_TAG.exec(list)?.[0];
    if (found === undefined) return false;
    if (found === wanted || (comparison === "weak" && found === `W/${wanted}`)) return true;
    at += found.length;
  }
  return false;
}
