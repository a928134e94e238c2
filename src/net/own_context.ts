import * as asyncHooks from "node:async_hooks";

// Cast to what is declared here, so that nothing depends on the types of Node.
interface Resource {
  runInAsyncScope<A>(call: (argument: A) => void, thisArg: null, argument: A): void;
}

const { AsyncResource } = asyncHooks as unknown as { readonly AsyncResource: new (type: string) => Resource };

interface Globals {
  readonly Deno?: unknown;
  readonly Bun?: unknown;
  readonly process?: { readonly versions: { readonly node: string } };
}

/** Whether the store that `enterWith` sets is kept in the resource itself, as on Node before 24: then each call needs its own. */
function storesInResource(): boolean {
  const { Deno, Bun, process } = globalThis as Globals;
  return Deno === undefined && Bun === undefined && parseInt(process?.versions.node ?? "0") < 24;
}

/** Calls others in the asynchronous context that it was made in. */
class CapturedContext {
  /** Deno reads on in the context of the read before; Node before 24 leaves a store in the connection's resource. */
  readonly isKept: boolean = !storesInResource() && !("Deno" in globalThis);
  readonly #resource = new AsyncResource("HandoffServer");

  run<A>(call: (argument: A) => void, argument: A): void {
    this.#resource.runInAsyncScope(call, null, argument);
  }
}

/** The same where each call needs a resource of its own. */
class CapturedContextPerCall extends CapturedContext {
  override run<A>(call: (argument: A) => void, argument: A): void {
    super.run(() => new AsyncResource("HandoffRequest").runInAsyncScope(call, null, argument), undefined);
  }
}

/** Captures the asynchronous context of now: what is called in it finds in an `AsyncLocalStorage` what is there now. */
export function ownContext(): CapturedContext {
  return storesInResource() ? new CapturedContextPerCall() : new CapturedContext();
}
