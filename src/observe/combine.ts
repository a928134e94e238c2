import type { ResponseRecord } from "../exchange/response_record.ts";

/**
 * Makes one `onResponse` of several.
 *
 * @param listeners Called in order for each response. One that throws does not keep the others from it.
 * @returns The function, which throws what the first failing listener has thrown once all were called.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { accessLog, combine, metrics } from "@handoff/server/observe";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * await using log = accessLog((text) => void lines.push(text));
 * using figures = metrics();
 * const server = Server.http("127.0.0.1:0", { onResponse: combine(log, figures) });
 * await using listening = await server.handle((_req, res) => res.send("Hello, World!"));
 *
 * await (await fetch(listening.url)).text();
 * await log.flush();
 * assertEquals(lines.length, 1);
 * ```
 */
export function combine(
  ...listeners: readonly ((record: ResponseRecord) => void)[]
): (record: ResponseRecord) => void {
  return (record) => {
    const errors: unknown[] = [];
    for (const listener of listeners) {
      try {
        listener(record);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}
