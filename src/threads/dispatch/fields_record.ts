import {
  encodeFields,
  fieldsAreAscii,
  framingFields,
  type HeaderMap,
  headerMapFromEncoded,
} from "../../http/header_map.ts";

/**
 * Set in the flags of posted fields whose values are all ASCII; the other flags are the `FIELD_` constants.
 */
const ASCII = 1 << 16;

/** Header fields as text, one line for each; `null` for none. */
export function toFieldsText(headers: HeaderMap | null): string | null {
  return headers === null ? null : encodeFields(headers);
}

/**
 * The facts about header fields that the thread with the connection needs, so that it need not take the text
 * apart.
 */
export function toFieldsFlags(headers: HeaderMap | null): number {
  return headers === null ? 0 : framingFields(headers) | (fieldsAreAscii(headers) ? ASCII : 0);
}

/** Makes a map of posted fields. */
export function fromFieldsRecord(text: string | null, flags: number): HeaderMap | null {
  return text === null ? null : headerMapFromEncoded(text, flags & ~ASCII, (flags & ASCII) !== 0);
}
