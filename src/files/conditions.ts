import { matchesTag } from "./entity_tag.ts";
import { parseHttpDate } from "./http_date.ts";

/** The fields of a request: a `HeaderMap`, or a Fetch `Headers`. */
export interface RequestFields {
  /** The combined value of a name in lower case; `null` if there is none. */
  get(name: string): string | null;
}

/** The validators of the current state of a representation (RFC 9110 section 8.8). */
export interface Validators {
  /** The entity tag; `null` if there is none. */
  readonly tag: string | null;
  /**
   * The last modification, in milliseconds since the epoch and in whole seconds; `null` if it is not known.
   */
  readonly modified: number | null;
}

/**
 * Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110 section 13.2.2. `range` and
 * `if-range`, its last step, are {@linkcode rangeApplies}.
 *
 * @param fields The fields of the request.
 * @param validators The current state of the file.
 * @param now The current time, in milliseconds since the epoch.
 * @returns 412 or 304 as the status to answer with; 200 to carry on.
 */
export function evaluateConditions(
  fields: RequestFields,
  validators: Validators,
  now: number,
): 200 | 304 | 412 {
  const { tag, modified } = validators;
  const ifMatch = fields.get("if-match");
  if (ifMatch !== null) {
    if (!matchesTag(ifMatch, tag, "strong")) return 412;
  } else {
    const since = dateOf(fields, "if-unmodified-since", now);
    if (since !== null && modified !== null && modified > since) return 412;
  }
  const ifNoneMatch = fields.get("if-none-match");
  if (ifNoneMatch !== null) return matchesTag(ifNoneMatch, tag, "weak") ? 304 : 200;
  const since = dateOf(fields, "if-modified-since", now);
  return since !== null && modified !== null && modified <= since ? 304 : 200;
}

/**
 * Checks if the `range` field of a GET request counts: it does without `if-range`, and where the
 * validator of `if-range` is exactly the current one (RFC 9110 section 13.1.5).
 *
 * @param fields The fields of the request.
 * @param validators The current state of the file.
 * @param now The current time, in milliseconds since the epoch.
 */
export function rangeApplies(fields: RequestFields, validators: Validators, now: number): boolean {
  const ifRange = fields.get("if-range");
  if (ifRange === null) return true;
  const { tag, modified } = validators;
  if (ifRange.startsWith('"')) return ifRange === tag;
  // A weak tag is no date, and so never matches.
  return modified !== null && parseHttpDate(ifRange, now) === modified;
}

function dateOf(fields: RequestFields, name: string, now: number): number | null {
  const value = fields.get(name);
  return value === null ? null : parseHttpDate(value, now);
}
