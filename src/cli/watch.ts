import { type ServeCommand, UsageError } from "./command_line.ts";
import { type Child, type Host, SIGNALS } from "./host.ts";

/**
 * In the environment of a process that is started anew when a file changes: it does what it is told on
 * standard input.
 */
export const WATCHED = "HANDOFF_WATCHED";
/** Tells it to finish the requests in flight and end. */
export const DRAIN = "drain\n";
/** Tells it to do so soon. */
export const RESTART = "restart\n";

/** Other files may be written by what is served: a log, a database. */
const SOURCE = /\.[cm]?[jt]sx?$/;
const IGNORED = /(?:^|[/\\])(?:node_modules|\.[^/\\]*)[/\\]/;

/**
 * Milliseconds without another change before the process is started anew: an editor may write a file in
 * several steps.
 */
const QUIET = 100;

/**
 * Runs the command in a process of its own, and starts it anew when a source file beside the module, or
 * below, has changed.
 *
 * @param command What the process is to do.
 * @param entry The module of the command itself.
 * @param args The arguments of the command.
 * @param module Where the handler's module is.
 * @throws {UsageError} If the module is not a file.
 */
export function watch(
  command: ServeCommand,
  entry: string,
  args: readonly string[],
  host: Host,
  module: URL,
): void {
  if (module.protocol !== "file:") throw new UsageError(`Cannot watch ${command.module}: it is not a file`);
  const folder = host.urls.fileURLToPath(new URL(".", module));
  const runner = new Runner(entry, args.filter((arg) => arg !== "--watch"), host);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watcher = host.fs.watch(folder, { recursive: true }, (_event, file) => {
    if (file !== null && (!SOURCE.test(file) || IGNORED.test(file))) return;
    clearTimeout(timer);
    timer = setTimeout(() => runner.restart(), QUIET);
  });
  watcher.on("error", (error) => console.error(`handoff: Cannot watch ${folder}: ${error.message}`));
  runner.start();
}

/** The process that serves, and what becomes of it. */
class Runner {
  readonly #host: Host;
  readonly #command: readonly string[];
  #child: Child | null = null;
  /** What to do when the process has ended. */
  #next: "wait" | "restart" | "exit" = "wait";

  constructor(entry: string, args: readonly string[], host: Host) {
    const { execPath, execArgv } = host.process;
    // Deno keeps its flags to itself.
    const before = "Deno" in globalThis ? ["run", "--allow-all"] : execArgv;
    this.#command = [execPath, ...before, entry, ...args];
    this.#host = host;
    for (const [signal, exitCode] of SIGNALS) host.process.on(signal, () => this.#signalled(exitCode));
  }

  start(): void {
    const { children, process } = this.#host;
    const [program = "", ...args] = this.#command;
    this.#next = "wait";
    const child = children.spawn(program, args, {
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...process.env, [WATCHED]: "1" },
    });
    this.#child = child;
    // It may end before it has read what it is told.
    child.stdin.on("error", () => {});
    child.on("error", (error) => console.error(`handoff: Cannot start ${program}: ${error.message}`));
    child.on("exit", (code) => this.#ended(code));
  }

  restart(): void {
    if (this.#next !== "wait") return;
    console.error("A file changed: starting anew");
    if (this.#child === null) return this.start();
    this.#next = "restart";
    this.#child.stdin.write(RESTART);
  }

  #ended(code: number | null): void {
    this.#child = null;
    if (this.#next === "restart") this.start();
    else if (this.#next === "exit") this.#host.process.exit(code ?? 1);
    else console.error("Ended; waiting for a change");
  }

  #signalled(exitCode: number): void {
    const child = this.#child;
    const { process } = this.#host;
    if (child === null) return process.exit(0);
    if (this.#next === "exit") {
      child.kill("SIGKILL");
      return process.exit(exitCode);
    }
    this.#next = "exit";
    child.stdin.write(DRAIN);
  }
}
