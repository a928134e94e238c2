import type { Request } from "../../mod.ts";

/**
 * Tells the tests what happened, by a line of JSON on standard error: that gets out of every thread and whatever
 * becomes of the connection.
 */
export function report(event: string, details: Readonly<Record<string, unknown>> = {}): void {
  console.error(JSON.stringify({ event, ...details }));
}

/** A parameter of the query. */
export function parameter(req: Pick<Request, "uri">, name: string): string {
  return new URLSearchParams(req.uri.query ?? "").get(name) ?? "";
}

/** Tells what happened to a request, under the `id` that its query has. */
export function reportOn(
  req: Pick<Request, "uri">,
  event: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  report(event, { id: parameter(req, "id"), ...details });
}

/** What a call came to: `"ok"`, or the name and the message of what it threw or rejected with. */
export async function outcome(call: () => unknown): Promise<string> {
  try {
    await call();
    return "ok";
  } catch (error) {
    return describe(error);
  }
}

/** The name and the message of an error. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
