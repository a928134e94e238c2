import { type ForwardedHop, isHost, parseNode, parseScheme } from "./forwarded_hop.ts";

/**
 * Reads the hops of the X-Forwarded-* fields, the last one first. Each value of X-Forwarded-For is a hop. Its
 * scheme and host are the values of X-Forwarded-Proto and X-Forwarded-Host at the same place, counted from
 * the end; where these have fewer values, as from proxies that replace them, the first one stands for the
 * hops before it too.
 *
 * @param nodes The value of X-Forwarded-For, several lines joined with commas.
 * @param schemes The value of X-Forwarded-Proto; `null` if it is absent.
 * @param hosts The value of X-Forwarded-Host; `null` if it is absent.
 * @returns The hops; the sequence ends before the first one whose node is malformed.
 */
export function* xForwardedHops(
  nodes: string,
  schemes: string | null,
  hosts: string | null,
): Generator<ForwardedHop> {
  const schemeAt = valuesFromEnd(schemes);
  const hostAt = valuesFromEnd(hosts);
  for (let end = nodes.length; end >= 0;) {
    const comma = nodes.lastIndexOf(",", end - 1);
    const node = nodes.slice(comma + 1, end).trim();
    end = end === 0 ? -1 : comma;
    // Empty elements of a list are ignored, RFC 9110 section 5.6.1.
    if (node === "") continue;
    const address = parseLooseNode(node);
    if (address === undefined) return;
    const host = hostAt();
    yield { address, secure: parseScheme(schemeAt()) ?? null, host: isHost(host) ? host : null };
  }
}

/** Parses a node, which may be an IPv6 address without brackets. */
function parseLooseNode(text: string): ForwardedHop["address"] | undefined {
  const isBare = text.indexOf(":") !== text.lastIndexOf(":") && !text.startsWith("[");
  return parseNode(isBare ? `[${text}]` : text);
}

/**
 * Returns a function that gives the values of a list from the last to the first, and then the first again and
 * again.
 */
function valuesFromEnd(list: string | null): () => string {
  const values = list?.split(",").map((value) => value.trim()).filter((value) => value !== "") ?? [];
  let at = values.length;
  return () => {
    if (at > 0) at--;
    return values[at] ?? "";
  };
}
