/** What is used of the `Worker` of `node:worker_threads`, which Deno and Bun have as well. */
export interface NodeWorker {
  readonly threadId: number;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  terminate(): Promise<number>;
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error" | "messageerror", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

/** What is used of a `MessagePort`. */
export interface NodePort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(event: "message", listener: (message: unknown) => void): void;
}

/** What is used of `node:worker_threads`. */
interface WorkerThreads {
  readonly Worker: new (
    url: URL,
    options: { readonly workerData: unknown; readonly argv: readonly string[] },
  ) => NodeWorker;
  readonly parentPort: NodePort | null;
  readonly workerData: unknown;
}

/**
 * Loads the threads of the runtime. One API serves all three: Deno and Bun have Web `Worker`s too, but those do not tell when
 * a thread has ended by itself.
 */
export async function workerThreads(): Promise<WorkerThreads> {
  return await import("node:worker_threads") as unknown as WorkerThreads;
}

/** How many threads the machine can run at once. */
export function availableThreads(): number {
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}

/** The arguments of the program, as the command line gave them. */
export function programArguments(): readonly string[] {
  return (globalThis as { process?: { readonly argv: readonly string[] } }).process?.argv.slice(2) ?? [];
}

/**
 * The URL that a worker is to be started from, for it to run a module.
 *
 * Deno starts workers of `node:worker_threads` from `file:` and `data:` URLs alone, and JSR serves modules by `https:`. Besides,
 * a worker that Deno starts from a file resolves relative URLs, such as that of `fetch("/etc/hostname")`, against this file;
 * against a `data:` URL they are as invalid as they are on the main thread.
 */
export function workerEntry(module: URL): URL {
  if (!("Deno" in globalThis)) return module;
  return new URL(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(module.href)};`)}`);
}
