import { ACCEPT_OPTIONS, type AcceptOption } from "./accept_way.ts";
import type { Shareable } from "./shareable.ts";

/** How a server runs on several threads. */
export interface ThreadOptions {
  /**
   * Number of threads that call the handler; 1 is the calling thread alone, without any other.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly threads?: number;
  /**
   * How threads share connections: `"reusePort"` (each listens on the same port; Linux), `"transfer"` (one
   * accepts and passes connections on; Node 24.20, 26.6 and later), `"dispatch"` (one accepts and parses and
   * passes requests on; everywhere), or the first of these that exists. On Deno `"reusePort"` is taken with
   * `--unstable-net` alone, unless it is named.
   *
   * @default {"auto"}
   */
  readonly accept?: AcceptOption;
  /**
   * The module that each thread runs: for a program that is bundled, the file that `@handoff/server/worker`
   * was built into, such as `new URL("./worker.js", import.meta.url)`.
   *
   * @default {the module of this package}
   */
  readonly worker?: URL;
}

/** How a handler that is a function or an object runs. */
export interface ProgramOptions extends ThreadOptions {
  /**
   * The module that the `handle` call is in, `import.meta.url`: asks for it to run on every core. Each thread
   * imports it, and has to come to the same call within 2 seconds of its end.
   */
  readonly module?: string | URL;
}

/** How the handler of a module runs. */
export type ModuleOptions<State> = ThreadOptions & {
  /**
   * State that the threads share: memory in `SharedArrayBuffer`s, and plain data, which each gets a copy of,
   * as it is when `handle` is called. It reaches the module by `perThread`.
   */
  readonly state?: State;
} & {
  // Apart from the state itself: the compiler takes the first member of a union for all of it where both
  // stand together.
  readonly state?: NoInfer<[State] extends [Shareable<State>] ? State : Shareable<State>>;
};

/**
 * The URL of a handler module: any `URL`.
 *
 * It is generic so that the compiler can tell by its type which options `Server.handle` takes. Two overloads
 * would do that as well, but then the compiler's errors begin with the overload that was not meant.
 */
export type ModuleUrl<Query extends URLSearchParams = URLSearchParams> = URL & {
  readonly searchParams: Query;
};

/**
 * Checks the options of `handle`.
 *
 * @param options As given.
 * @param ofModule Whether the handler is a module.
 * @throws {TypeError} If one is unknown or of the wrong type; it is named.
 * @throws {RangeError} If the number of threads is out of range.
 */
export function assertHandleOptions(
  options: ProgramOptions & ModuleOptions<unknown>,
  ofModule: boolean,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("Cannot use options: not an object");
  }
  const known = ["threads", "accept", "worker", ofModule ? "state" : "module"];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`Cannot use option ${name}: there is no such option`);
  }
  const { threads, accept, module, worker } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RangeError(`Cannot use option threads: ${threads} is not a whole number of at least 1`);
  }
  if (accept !== undefined && typeof accept !== "string") {
    throw new TypeError("Cannot use option accept: it is not a string");
  }
  if (accept !== undefined && !ACCEPT_OPTIONS.includes(accept)) {
    throw new TypeError(
      `Cannot use option accept: "${accept}" is not "auto", "reusePort", "transfer" or "dispatch"`,
    );
  }
  if (worker !== undefined && !(worker instanceof URL)) {
    throw new TypeError("Cannot use option worker: it is not a URL");
  }
  if (module !== undefined && typeof module !== "string" && !(module instanceof URL)) {
    throw new TypeError("Cannot use option module: it is neither a URL nor a string");
  }
  if (!ofModule && module === undefined && threads !== undefined && threads > 1) {
    throw new TypeError(
      "Cannot use option threads: what a function or object captured cannot be shared; " +
        "name its module, or hand over a URL",
    );
  }
}
