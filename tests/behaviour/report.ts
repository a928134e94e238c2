import type { Request } from "../../mod.ts";

/**
 * Reports an event to the tests as a line of JSON on standard error, which works in every thread and after
 * the connection has closed.
 */
export function report(event: string, details: Readonly<Record<string, unknown>> = {}): void {
  console.error(JSON.stringify({ event, ...details }));
}

/** Reads a parameter of the query. */
export function parameter(req: Pick<Request, "uri">, name: string): string {
  return new URLSearchParams(req.uri.query ?? "").get(name) ?? "";
}

/** Reports an event of a request, with the `id` in its query. */
export function reportOn(
  req: Pick<Request, "uri">,
  event: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  report(event, { id: parameter(req, "id"), ...details });
}

/** Returns the outcome of a call: `"ok"`, or name and message of its error. */
export async function outcome(call: () => unknown): Promise<string> {
  try {
    await call();
    return "ok";
  } catch (error) {
    return describe(error);
  }
}

/** Formats the name and the message of an error. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
