import type { Fresh, Request, Response } from "../../mod.ts";

export type FreshResponse = Response<Fresh>;

/** What a path does; `id` is the query. */
export type Route = (req: Request, res: FreshResponse, id: string) => void | Promise<void>;

/** What each path does. */
export type Routes = Readonly<Record<string, Route>>;

/** An error that a route throws on purpose. */
export class Deliberate extends Error {
  override readonly name: string = "Deliberate";
}

/** What happened to each request, by its id. */
export const logs: Map<string, string[]> = new Map();
const gates: Map<string, PromiseWithResolvers<void>> = new Map();

/** Notes what happened to the request of an id. */
export function log(id: string, event: string): void {
  const events = logs.get(id);
  if (events === undefined) logs.set(id, [event]);
  else events.push(event);
}

/** What the handler of a request waits for. */
export function gate(id: string): PromiseWithResolvers<void> {
  let found = gates.get(id);
  if (found === undefined) gates.set(id, found = Promise.withResolvers());
  return found;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** What happens when `action` is tried: `done`, or the name of the error. */
export function attempt(action: () => unknown): string {
  try {
    action();
    return "done";
  } catch (error) {
    return nameOf(error);
  }
}
