import type { ThreadData } from "./thread_messages.ts";

/** Collects what is told of a thread's end, and makes of it the error that the program gets. */
export class ThreadDeath {
  readonly #thread: number;
  readonly #module: URL;
  #hasBegun = false;
  /** The error that the runtime tells; `null` where it told none. */
  #error: { readonly value: unknown } | null = null;
  /**
   * The same error as the thread itself posted it, which keeps what runtimes lose: class, message, stack or
   * cause.
   */
  #uncaught: { readonly value: unknown } | null = null;
  /** The error that the thread was ended for. */
  #fatal: { readonly value: unknown } | null = null;

  /**
   * @param thread The number of the thread.
   * @param module The module that the thread runs.
   */
  constructor(thread: number, module: URL) {
    this.#thread = thread;
    this.#module = module;
  }

  /** The module has begun to run. */
  begun(): void {
    this.#hasBegun = true;
  }

  /** The runtime tells of an error that the thread ends with. */
  runtimeError(value: unknown): void {
    this.#error ??= { value };
  }

  /** The thread tells of an error that it did not catch, and ends with unless the program catches it. */
  uncaughtError(value: unknown): void {
    this.#uncaught = { value };
  }

  /** The thread is ended for an error. */
  endedFor(value: unknown): void {
    this.#fatal ??= { value };
  }

  /**
   * The error to tell of a thread that has ended with an exit code; whatever its handler's module threw at
   * its start.
   */
  error(code: number): unknown {
    if (this.#fatal !== null) return this.#fatal.value;
    if (this.#error === null) return new Error(`Thread ${this.#thread} ended with exit code ${code}`);
    if (!this.#hasBegun) return notBegun(this.#module, this.#error.value);
    // A thread that runs out of memory posts nothing more: the runtime's error is the only one.
    const { value } = isOutOfMemory(this.#error.value) ? this.#error : this.#uncaught ?? this.#error;
    if (value instanceof Error) return value;
    const words = `Thread ${this.#thread} ended because of an uncaught value that is no error`;
    return new Error(words, { cause: value });
  }
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
}

/**
 * The error of a thread whose module cannot be loaded: the library was bundled, or the module is not allowed.
 */
function notBegun(module: URL, cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `Cannot start a thread: its module ${module} cannot be loaded (${words}); a program that is bundled ` +
      'builds "@handoff/server/worker" into a file of its own and names that by the option worker',
    { cause },
  );
}

/** The error of a thread whose event loop does not turn. */
export function stuckError(thread: number, silence: number, outcome: string, stack: string | null): Error {
  const seconds = (silence / 1000).toFixed(1);
  const error = new Error(
    `Thread ${thread} has been stuck in one piece of work for ${seconds} s: ${outcome}`,
  );
  if (stack !== null) error.stack = `${error.name}: ${error.message}\n${stack}`;
  return error;
}

/** The error of a thread whose module has not come to its end for so many milliseconds. */
export function slowStartError({ thread, module }: ThreadData, milliseconds: number): Error {
  return new Error(
    `Thread ${thread} has been loading ${module} for ${milliseconds / 1000} s and is waited for`,
  );
}

/** The error of a message that the handler's module posted, and nobody takes. */
export function strangerError({ thread, module }: ThreadData): Error {
  return new Error(`Cannot read a message of thread ${thread}: ${module} posted it, and nobody takes it`);
}
