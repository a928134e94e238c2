import * as asyncHooks from "node:async_hooks";

/** Calls a function with one argument. */
export type CallWith = <A>(call: (argument: A) => void, argument: A) => void;

interface LocalStorage {
  enterWith(store: unknown): void;
  getStore(): unknown;
  disable(): void;
}

interface Resource {
  runInAsyncScope<A>(call: (argument: A) => void, self: undefined, argument: A): void;
}

/** What is used of `node:async_hooks`, so that nothing depends on the types of Node. */
interface AsyncHooks {
  readonly AsyncLocalStorage: {
    new (): LocalStorage;
    snapshot(): <A, R>(call: (argument: A) => R, argument: A) => R;
  };
  readonly AsyncResource: new (type: string, options: { readonly requireManualDestroy: boolean }) => Resource;
}

const { AsyncLocalStorage, AsyncResource } = asyncHooks as unknown as AsyncHooks;

/**
 * Makes a function that calls others in the asynchronous context of now: what they find in an
 * `AsyncLocalStorage` is what was there when this was called, and neither what their caller has nor what an
 * earlier call has entered.
 */
export function ownContext(): CallWith {
  if ("Deno" in globalThis) {
    // A snapshot is such a resource with a layer around it, which costs half as much again.
    const resource = new AsyncResource("HandoffContext", { requireManualDestroy: true });
    return (run, argument) => resource.runInAsyncScope(run, undefined, argument);
  }
  const call = AsyncLocalStorage.snapshot();
  if (!snapshotsAreShared()) return call;
  return (run, argument) => call(createResource, undefined).runInAsyncScope(run, undefined, argument);
}

/**
 * Whether `enterWith` inside a call of a snapshot is seen by the next call, as in Node 22: there a snapshot
 * is one resource, which `enterWith` writes to. Bun, and Node since 24, restore the context after each call.
 */
function snapshotsAreShared(): boolean {
  if ("Bun" in globalThis) return false;
  const storage = new AsyncLocalStorage();
  const call = AsyncLocalStorage.snapshot();
  call((store) => storage.enterWith(store), true);
  const isSeen = call(() => storage.getStore() === true, undefined);
  // Otherwise Node 22 would go on tracking every promise of the program.
  storage.disable();
  return isSeen;
}

function createResource(): Resource {
  return new AsyncResource("HandoffCall", { requireManualDestroy: true });
}
