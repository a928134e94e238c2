import type { ResponseRecord } from "../exchange/response_record.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { Settings } from "./options.ts";

/** Tells an error to the program, whose own mistake at that stops nobody. */
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

/** Names of errors that a client is to blame for. By name, because they may be of another copy of this package. */
const CLIENTS_FAULT: ReadonlySet<string> = new Set(["HttpError", "ConnectionClosedError", "WebSocketError"]);

/** Writes an error that the program does not ask for to the console, but for those that a client is to blame for. */
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
