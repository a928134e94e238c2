import type { ResponseRecord } from "../exchange/response_record.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { Settings } from "./options.ts";

/**
 * Passes an error to the program's `onError`. An error of `onError` itself is written to the console and has
 * no further effect.
 */
export function tellError(
  { onError }: Pick<Settings, "onError">,
  error: unknown,
  request: RequestSummary | null = null,
): void {
  const failed = (failure: unknown) => console.error("onError threw:", failure);
  try {
    const told: unknown = onError(error, { request });
    if (told instanceof Promise) told.catch(failed);
  } catch (failure) {
    failed(failure);
  }
}

/**
 * Names of errors that a client caused. They are compared by name, because they may come from another copy of
 * this package.
 */
const CLIENTS_FAULT: ReadonlySet<string> = new Set(["HttpError", "ConnectionClosedError", "WebSocketError"]);

/** Default error listener: writes an error to the console, except for errors that a client caused. */
export function writeToConsole(error: unknown): void {
  if (error instanceof Error && CLIENTS_FAULT.has(error.name)) return;
  console.error(error);
}

/** Tells a response to the program. An error of its own is told to `onError`. */
export function tellResponse(
  settings: Pick<Settings, "onError" | "onResponse">,
  record: ResponseRecord,
): void {
  const failed = (error: unknown) => tellError(settings, error);
  try {
    const told: unknown = settings.onResponse?.(record);
    if (told instanceof Promise) told.catch(failed);
  } catch (error) {
    failed(error);
  }
}
