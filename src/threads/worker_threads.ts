/** The part of `Worker` of `node:worker_threads` that is used; Deno and Bun have it as well. */
export interface NodeWorker {
  readonly threadId: number;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error" | "messageerror", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

/** The part of `MessagePort` that is used. */
export interface NodePort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(event: "message", listener: (message: unknown) => void): void;
}

/** The part of `node:worker_threads` that is used. */
interface WorkerThreads {
  readonly Worker: new (
    url: URL,
    options: { readonly workerData: unknown; readonly argv: readonly string[] },
  ) => NodeWorker;
  readonly parentPort: NodePort | null;
  readonly workerData: unknown;
}

/**
 * Loads the threads of the runtime. One API serves all three: Deno and Bun have Web `Worker`s too, but those
 * do not tell when a thread has ended by itself.
 */
export async function workerThreads(): Promise<WorkerThreads> {
  return await import("node:worker_threads") as unknown as WorkerThreads;
}

/** Number of threads that the machine can run at once. */
export function availableThreads(): number {
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}

/**
 * Starts a worker with the arguments of the program: no runtime passes them on, and a program that is joined
 * may make its servers by them.
 */
export async function startWorker(module: URL, workerData: unknown): Promise<NodeWorker> {
  const { Worker } = await workerThreads();
  return new Worker(workerEntry(module), { workerData, argv: programArguments() });
}

/** The arguments of the program, as the command line gave them. */
function programArguments(): readonly string[] {
  return (globalThis as { process?: { readonly argv: readonly string[] } }).process?.argv.slice(2) ?? [];
}

/**
 * The URL that a worker is to be started from, for it to run a module.
 *
 * Deno starts workers of `node:worker_threads` from `file:` and `data:` URLs alone, and JSR serves modules by
 * `https:`. Besides, a worker that Deno starts from a file resolves relative URLs, such as that of
 * `fetch("/etc/hostname")`, against this file; against a `data:` URL they are as invalid as they are on the
 * main thread.
 */
function workerEntry(module: URL): URL {
  if (!("Deno" in globalThis)) return module;
  return new URL(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(module.href)};`)}`);
}

/** The module that threads run: TypeScript in a checkout and on JSR, JavaScript on npm. */
export function defaultWorker(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
}
