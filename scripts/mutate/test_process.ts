import { linesOf } from "../../tests/support/lines.ts";

/** A task for a process: the tests to run, in order, in a copy of the project. */
export interface Task {
  readonly folder: string;
  readonly tests: readonly string[];
}

const TASK_RUNNER = new URL("./task_runner.ts", import.meta.url).href;

/** Number of mutants for one process, because it keeps all of their modules in memory. */
const MUTANTS_PER_PROCESS = 60;

/**
 * A process that runs tests within itself. Starting a process for each mutant would take longer than the
 * tests.
 */
export class TestProcess {
  #child: Deno.ChildProcess | null = null;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  #lines: AsyncIterator<string> | null = null;
  #tasks = 0;

  /** Runs a task; the result tells if the tests passed, failed, or exceeded their CPU time. */
  async run(task: Task, limit: number): Promise<"ok" | "failed" | "hung"> {
    if (this.#child === null || this.#tasks++ >= MUTANTS_PER_PROCESS) await this.#restart();
    const { pid } = this.#child!;
    await this.#writer!.write(new TextEncoder().encode(JSON.stringify(task) + "\n"));
    const before = processorTime(pid);
    let hung = false;
    const watch = setInterval(() => {
      if (processorTime(pid) - before < limit) return;
      hung = true;
      this.#child!.kill("SIGKILL");
    }, 500);
    const { value, done } = await this.#lines!.next();
    clearInterval(watch);
    if (!done) return value as "ok" | "failed";
    // The process was killed or has ended by itself, for example out of memory.
    await this.#child!.status;
    this.#child = null;
    return hung ? "hung" : "failed";
  }

  async #restart(): Promise<void> {
    await this.end();
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--v8-flags=--max-old-space-size=1024", TASK_RUNNER],
      env: { HANDOFF_RUNTIMES: "deno", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout)[Symbol.asyncIterator]();
    this.#tasks = 0;
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#child === null) return;
    await this.#writer!.close();
    await this.#child.status;
    this.#child = null;
  }
}

/** CPU time that a process has used, in seconds (Linux); elsewhere, the time of the clock. */
function processorTime(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return performance.now() / 1000;
  }
}
