import type { ExtensionOffer } from "./extension_offers.ts";

/** The options of permessage-deflate, all decided. */
export interface DeflateSettings {
  /** Whether the server may compress a message with what it has sent before. */
  readonly serverContextTakeover: boolean;
  /** Whether the client may. */
  readonly clientContextTakeover: boolean;
  /** Base-2 logarithm of the size of the server's window, 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** Base-2 logarithm of the size of the client's window, 8 to 15. */
  readonly clientMaxWindowBits: number;
  /** Size from which on a message is compressed, in bytes. */
  readonly threshold: number;
  /** Effort of the compression, 0 to 9. */
  readonly level: number;
}

/** The outcome of a negotiation of permessage-deflate, RFC 7692 section 7.1. */
export interface DeflateAgreement {
  readonly serverContextTakeover: boolean;
  readonly clientContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
  /** The value of the response's Sec-WebSocket-Extensions. */
  readonly accepted: string;
}

/** An offer's parameters; `null` where they are not allowed, which declines the offer (RFC 7692 section 7.1). */
interface OfferedParams {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  /** 8 to 15; `null` where the parameter is absent. */
  serverMaxWindowBits: number | null;
  /** 8 to 15, 15 where the parameter has no value; `null` where the parameter is absent. */
  clientMaxWindowBits: number | null;
}

/**
 * Chooses the first offer of permessage-deflate that can be accepted.
 *
 * @param offers The client's offers, in its order of preference.
 * @param settings The server's options.
 * @returns `null` where none can be.
 */
export function negotiateDeflate(
  offers: readonly ExtensionOffer[],
  settings: DeflateSettings,
): DeflateAgreement | null {
  for (const { name, params } of offers) {
    if (name.toLowerCase() !== "permessage-deflate") continue;
    const offered = offeredParams(params);
    const agreement = offered === null ? null : agree(offered, settings);
    if (agreement !== null) return agreement;
  }
  return null;
}

function agree(offered: OfferedParams, settings: DeflateSettings): DeflateAgreement | null {
  const { clientMaxWindowBits: clientBits } = offered;
  // A client that did not offer client_max_window_bits must not get it: it may use 15 (section 7.1.2.2).
  if (clientBits === null && settings.clientMaxWindowBits < 15) return null;
  const serverContextTakeover = settings.serverContextTakeover && !offered.serverNoContextTakeover;
  const clientContextTakeover = settings.clientContextTakeover && !offered.clientNoContextTakeover;
  const serverMaxWindowBits = Math.min(settings.serverMaxWindowBits, offered.serverMaxWindowBits ?? 15);
  const clientMaxWindowBits = Math.min(settings.clientMaxWindowBits, clientBits ?? 15);
  let accepted = "permessage-deflate";
  if (!serverContextTakeover) accepted += "; server_no_context_takeover";
  if (!clientContextTakeover) accepted += "; client_no_context_takeover";
  if (serverMaxWindowBits < 15 || offered.serverMaxWindowBits !== null) {
    accepted += `; server_max_window_bits=${serverMaxWindowBits}`;
  }
  if (clientBits !== null && clientMaxWindowBits < 15) {
    accepted += `; client_max_window_bits=${clientMaxWindowBits}`;
  }
  return {
    serverContextTakeover,
    clientContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
    accepted,
  };
}

function offeredParams(params: ExtensionOffer["params"]): OfferedParams | null {
  const offered: OfferedParams = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: null,
    clientMaxWindowBits: null,
  };
  const seen = new Set<string>();
  for (const [name, value] of params) {
    if (seen.has(name)) return null;
    seen.add(name);
    if (name === "server_no_context_takeover" && value === null) offered.serverNoContextTakeover = true;
    else if (name === "client_no_context_takeover" && value === null) offered.clientNoContextTakeover = true;
    else if (name === "client_max_window_bits" && value === null) offered.clientMaxWindowBits = 15;
    else if (name === "client_max_window_bits" && isWindowBits(value)) {
      offered.clientMaxWindowBits = Number(value);
    } else if (name === "server_max_window_bits" && isWindowBits(value)) {
      offered.serverMaxWindowBits = Number(value);
    } else return null;
  }
  return offered;
}

/** RFC 7692 section 7.1.2.1: a decimal integer from 8 to 15 without leading zeroes. */
function isWindowBits(value: string | null): boolean {
  return value !== null && /^(?:[89]|1[0-5])$/.test(value);
}
