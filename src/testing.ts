/**
 * A listener without a network, for tests of handlers: it takes no port and makes no system call, and every
 * byte of a connection is in the test's hands.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { memoryListener } from "@handoff/server/testing";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { listener, connect } = memoryListener();
 * await using _listening = await Server.from(listener).handle((_req, res) => res.send("Hello, World!"));
 *
 * const client = connect();
 * client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
 * await client.until("Hello, World!");
 * assert(client.text.startsWith("HTTP/1.1 200 OK\r\n"));
 *
 * client.end();
 * await client.until(() => client.closed);
 * assertEquals(client.ended, true);
 * ```
 *
 * @module
 */

export {
  type MemoryClient,
  type MemoryClientOptions,
  memoryListener,
  type MemoryNetwork,
} from "./net/memory.ts";
