import * as asyncHooks from "node:async_hooks";

interface LocalStorage {
  enterWith(store: unknown): void;
  getStore(): unknown;
  disable(): void;
}

interface Resource {
  runInAsyncScope<A>(call: (argument: A) => void, thisArg: undefined, argument: A): void;
}

/** The used part of `node:async_hooks`, so that nothing depends on the types of Node. */
interface AsyncHooks {
  readonly AsyncLocalStorage: new () => LocalStorage;
  readonly AsyncResource: new (type: string, options: { readonly requireManualDestroy: boolean }) => Resource;
}

const { AsyncLocalStorage, AsyncResource } = asyncHooks as unknown as AsyncHooks;

/** Calls others in the asynchronous context that it was made in. */
class CapturedContext {
  readonly #resource = createResource();
  readonly #isShared = resourcesAreShared();
  /**
   * `true` if the runtime begins the calls of a socket or a port in the context that it was opened in. Deno
   * reads on in the context of the read before, and Node 22 leaves what was entered in the connection's
   * resource.
   */
  readonly isKept: boolean = !this.#isShared && !("Deno" in globalThis);

  /**
   * Calls a function with one argument, which finds neither what its caller has entered nor what an earlier
   * call has.
   */
  run<A>(call: (argument: A) => void, argument: A): void {
    if (!this.#isShared) return this.#resource.runInAsyncScope(call, undefined, argument);
    this.#resource.runInAsyncScope(
      () => createResource().runInAsyncScope(call, undefined, argument),
      undefined,
      undefined,
    );
  }
}

function createResource(): Resource {
  return new AsyncResource("HandoffContext", { requireManualDestroy: true });
}

/**
 * `true` if `enterWith` inside a call of a resource is seen by the next call, as on Node 22, where it writes
 * to the resource.
 */
function resourcesAreShared(): boolean {
  const storage = new AsyncLocalStorage();
  const resource = createResource();
  let isSeen = false;
  resource.runInAsyncScope((store) => storage.enterWith(store), undefined, true);
  resource.runInAsyncScope(() => void (isSeen = storage.getStore() === true), undefined, undefined);
  // Otherwise Node 22 would go on tracking every promise of the program.
  storage.disable();
  return isSeen;
}

/**
 * Captures the asynchronous context of now: what is called in it finds in an `AsyncLocalStorage` what is
 * there now.
 */
export function ownContext(): CapturedContext {
  return new CapturedContext();
}
