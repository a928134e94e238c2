/** What the server of the soak tells of itself. */
export interface SoakFigures {
  /** Open connections. */
  readonly open: number;
  /** Connections that were accepted. */
  readonly accepted: number;
  /** Requests handed to the handler. */
  readonly requests: number;
  /** Threads that died and were replaced. */
  readonly restarts: number;
  /** Bytes of the first thread's heap. */
  readonly heap: number;
  /** Number of errors passed to `onError`, by name. */
  readonly errors: Readonly<Record<string, number>>;
  /** Unhandled rejections and uncaught errors of the first thread. */
  readonly unhandled: readonly string[];
}

/** The state of the server at one time. */
export interface Sample extends SoakFigures {
  /** Seconds since the soak began. */
  readonly time: number;
  /** Resident memory of the process, in bytes. */
  readonly memory: number;
  /** Open file descriptors of the process. */
  readonly descriptors: number;
}

/** Reads what the system knows of a process: resident memory in bytes, and open descriptors. Linux. */
export function sampleProcess(pid: number): { readonly memory: number; readonly descriptors: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  return { memory, descriptors: Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length };
}
