import type { Fresh, Request, Response } from "../../mod.ts";

export type FreshResponse = Response<Fresh>;

/** Handler of a path; `id` is the query. */
export type Route = (req: Request, res: FreshResponse, id: string) => void | Promise<void>;

/** The handlers by path. */
export type Routes = Readonly<Record<string, Route>>;

/** The error that a route throws on purpose. */
export class Deliberate extends Error {
  override readonly name: string = "Deliberate";
}

/** The events of each request, by its id. */
export const logs: Map<string, string[]> = new Map();
const gates: Map<string, PromiseWithResolvers<void>> = new Map();

/** Records an event of the request with an id. */
export function log(id: string, event: string): void {
  const events = logs.get(id);
  if (events === undefined) logs.set(id, [event]);
  else events.push(event);
}

/** Returns the gate that the handler of a request waits for. */
export function gate(id: string): PromiseWithResolvers<void> {
  let found = gates.get(id);
  if (found === undefined) gates.set(id, found = Promise.withResolvers());
  return found;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Calls `action` and returns `done`, or the name of its error. */
export function attempt(action: () => unknown): string {
  try {
    action();
    return "done";
  } catch (error) {
    return nameOf(error);
  }
}
