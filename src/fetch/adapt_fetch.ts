import { recordResponses } from "./bun_response.ts";
import { denoPartsReader } from "./deno_response.ts";
import { LazyRequest, prepareLazyRequests } from "./lazy_request.ts";
import { nodeParts, NodeResponse, prepareNodeResponses } from "./node_response.ts";
import { replaceRequest, replaceResponse } from "./replace_constructors.ts";
import { checkedFields, type PartsReader, uncheckedFields } from "./response_parts.ts";

type WebRequest = globalThis.Request;

let reader: PartsReader | null = null;

/**
 * Makes the runtime's Fetch fit for a server, the first time that it is called. What it does depends on the
 * runtime:
 *
 * - Deno keeps what it needs within reach, and its globals stay as they are.
 * - Bun's `Response` remembers what it was made of.
 * - Node's `Response` of known size is a light one.
 * - `Request` and `fetch` of Bun and of Node 24 and later take a {@linkcode LazyRequest}, which the built-in
 *   ones look into.
 *
 * @returns What reads the parts of a response.
 */
export function adaptFetch(): PartsReader {
  return reader ??= adapt();
}

function adapt(): PartsReader {
  prepareLazyRequests();
  if (!takesLazyRequests()) replaceRequest();
  const hidden = denoPartsReader();
  if (hidden !== null) return hidden;
  if (navigator.userAgent.startsWith("Node.js/")) {
    prepareNodeResponses();
    replaceResponse(checkedFields, (parts) => new NodeResponse(parts) as unknown as globalThis.Response);
    return nodeParts;
  }
  const { make, partsOf } = recordResponses();
  replaceResponse(uncheckedFields, make);
  return partsOf;
}

/** Whether `new Request` and `fetch` see what a lazy request stands for. */
function takesLazyRequests(): boolean {
  const native = new Request("http://localhost/", { method: "POST" });
  // What it stands for is there: nothing else is asked.
  const lazy = new LazyRequest(native as never, native.url, native) as unknown as WebRequest;
  try {
    const copy = new Request(lazy, { headers: { "x-handoff": "1" } });
    return copy.url === native.url && copy.method === native.method;
  } catch {
    return false;
  }
}
