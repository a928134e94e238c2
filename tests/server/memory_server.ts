import { type MemoryClient, memoryListener } from "../../src/net/memory.ts";
import type { Handler, HandlerFunction } from "../../src/exchange/handler.ts";
import type { Listening } from "../../src/server/listening.ts";
import type { ServerOptions } from "../../src/server/options.ts";
import { Server } from "../../src/threads/server.ts";

/** A server in memory, with the errors that it reported. */
export interface MemoryServer extends AsyncDisposable {
  readonly listening: Listening;
  readonly errors: unknown[];
  connect(options?: { window?: number }): MemoryClient;
}

/** Starts a server in memory. */
export async function serve(
  handler: Handler | HandlerFunction,
  options: ServerOptions = {},
): Promise<MemoryServer> {
  const { listener, connect } = memoryListener();
  const errors: unknown[] = [];
  const server = Server.from(listener, { onError: (error) => void errors.push(error), ...options });
  const listening = await server.handle(handler);
  return {
    listening,
    errors,
    connect,
    [Symbol.asyncDispose]: () => listening.close({ deadline: 0 }),
  };
}
