import type { HeaderMap } from "../http/header_map.ts";
import type { KnownParts } from "./response_parts.ts";

type WebResponse = globalThis.Response;

/** Fields about the connection that a fetched response came over, RFC 9110 section 7.6.1. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A bit for each length of a name that is looked at below: most names need not be compared. */
const LENGTHS = [2, 7, 10, 14, 16, 17].reduce((bits, length) => bits | 1 << length, 0);

/** Fields of a Fetch response that decide how its content is sent. */
export interface ContentFields {
  /** `true` if the response is one of `fetch`. */
  readonly isFetched: boolean;
  /** `true` if there is a `content-length`. */
  readonly hasLength: boolean;
  /** `true` if there is a `content-encoding`. */
  readonly hasCoding: boolean;
}

/**
 * Copies the fields of a Fetch response, without those of another connection.
 *
 * Of a response that `fetch` returned, all of those are left out, also the fields that its `connection`
 * names. Of one that the program made, perhaps with the fields of a fetched one, the options in `connection`
 * are kept that concern this connection, `close` and `upgrade`.
 *
 * @param web The response.
 * @param known The parts of it that are known without asking the runtime.
 * @param headers Receives the fields.
 * @returns The fields that the caller has to look after.
 * @throws {TypeError} If a value has a control character, which the Fetch standard allows.
 */
export function copyFields(web: WebResponse, known: KnownParts | null, headers: HeaderMap): ContentFields {
  const isFetched = known === null && web.url !== "";
  let hasLength = false;
  let hasCoding = false;
  let named = "";
  const copy = (value: string, name: string): void => {
    if ((LENGTHS & 1 << name.length) !== 0) {
      const lower = name.toLowerCase();
      if (lower === "content-length") hasLength = true;
      else if (lower === "content-encoding") hasCoding = true;
      else if (lower === "keep-alive" || lower === "proxy-connection") return;
      else if (isFetched && HOP_BY_HOP.has(lower)) {
        if (lower === "connection") named += `,${value}`;
        return;
      } else if (lower === "connection") {
        value = ownOptions(value);
        if (value === "") return;
      }
    }
    headers.append(name, value);
  };
  if (known !== null && known.fields !== null) {
    for (const [name, value] of known.fields) copy(value, name);
  } else {
    web.headers.forEach(copy);
  }
  if (named !== "") removeNamed(headers, named);
  return { isFetched, hasLength, hasCoding };
}

/** The options of a `connection` field that concern this connection, whoever wrote it. */
function ownOptions(value: string): string {
  return optionsOf(value).filter((option) => option === "close" || option === "upgrade").join(", ");
}

/** Removes the fields that the `connection` of a fetched response names. */
function removeNamed(headers: HeaderMap, value: string): void {
  for (const option of optionsOf(value)) {
    if (option !== "close" && /^[\w!#$%&'*+.^`|~-]+$/.test(option)) headers.delete(option);
  }
}

function optionsOf(value: string): string[] {
  return value.split(",").map((option) => option.trim().toLowerCase());
}
