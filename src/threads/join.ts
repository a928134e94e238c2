import type { Handler } from "../server/handler.ts";
import type { Address } from "../net/socket.ts";

/** What a thread of a single-file program waits for. */
interface Joining {
  readonly key: string;
  readonly found: (handler: Handler) => void;
}

let joining: Joining | null = null;

const calls = new Map<string, number>();

/**
 * By what a `handle` call is matched with that of the program's first thread: the address as it was given, and how many
 * calls for that address came before. To be asked once in each call, on every thread.
 */
export function callKey(address: Address): string {
  const text = JSON.stringify(address);
  const before = calls.get(text) ?? 0;
  calls.set(text, before + 1);
  return before === 0 ? text : `${text} (call ${before + 1})`;
}

/**
 * Makes this thread one that joins a server: from now on `handle` calls do not bind.
 *
 * @param key Of the call to join.
 * @returns A promise for the handler of that call.
 */
export function expectHandler(key: string): Promise<Handler> {
  return new Promise((resolve) => joining = { key, found: resolve });
}

/** Whether `handle` calls of this thread join a server rather than bind. */
export function isJoining(): boolean {
  return joining !== null;
}

/** Offers a handler. Returns whether it is that of the call to join. */
export function offerHandler(key: string, handler: Handler): boolean {
  if (joining === null || joining.key !== key) return false;
  joining.found(handler);
  return true;
}
