import { parseAddress } from "../net/address.ts";
import { listen } from "../net/listen.ts";
import { type ServeCommand, UsageError } from "./command_line.ts";
import { type ErrorServer, startErrorServer } from "./error_page.ts";
import { type Child, type Host, SIGNALS } from "./host.ts";
import { Relay } from "./relay.ts";
import { urlOf } from "./serve.ts";
import { WatchListener } from "./watch_listener.ts";
import { DRAIN, RESTART, WATCHED, WATCHED_PORT } from "./watched.ts";

/** Other files may be written by what is served: a log, a database. */
const SOURCE = /\.[cm]?[jt]sx?$/;
const IGNORED = /(?:^|[/\\])(?:node_modules|\.[^/\\]*)[/\\]/;

/**
 * Milliseconds without another change before the process is started again: an editor may write a file in
 * several steps.
 */
const QUIET = 100;

/** Milliseconds between two looks for the port of a process that is being started. */
const PORT_INTERVAL = 20;

/** Bytes of standard error that are kept for the error page, the last ones. */
const MAX_ERROR = 64 * 1024;

/**
 * Runs the command in a process of its own, and starts it again when a source file beside the module, or
 * below, has changed. This process listens, and passes connections on; those that come while there is no
 * process to serve them wait.
 *
 * @param command What the process is to do.
 * @param entry The module of the command itself.
 * @param args The arguments of the command.
 * @param module The handler's module.
 * @throws {UsageError} If the module is not a file.
 * @throws {ListenError} If the address cannot be bound.
 */
export async function watch(
  command: ServeCommand,
  entry: string,
  args: readonly string[],
  host: Host,
  module: URL,
): Promise<void> {
  if (module.protocol !== "file:") throw new UsageError(`Cannot watch ${command.module}: it is not a file`);
  const folder = host.urls.fileURLToPath(new URL(".", module));
  const socket = await listen(parseAddress(command.address));
  const listener = new WatchListener(socket, (error) => console.error(error));
  const url = urlOf(socket.address, command.tls !== null);
  const program = programOf(entry, args.filter((arg) => arg !== "--watch"), host);
  const runner = new Runner(program, url, host, listener, command.tls !== null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watcher = host.fs.watch(folder, { recursive: true }, (_event, file) => {
    if (file !== null && (!SOURCE.test(file) || IGNORED.test(file))) return;
    clearTimeout(timer);
    timer = setTimeout(() => runner.restart(), QUIET);
  });
  watcher.on("error", (error) => console.error(`handoff: Cannot watch ${folder}: ${error.message}`));
  await runner.prepare();
  runner.start();
}

function programOf(entry: string, args: readonly string[], { process }: Host): readonly string[] {
  // Deno keeps its flags to itself.
  const before = "Deno" in globalThis ? ["run", "--allow-all"] : process.execArgv;
  return [process.execPath, ...before, entry, ...args];
}

/** The process that serves, from its start to its end. */
class Runner {
  readonly #host: Host;
  readonly #program: readonly string[];
  readonly #url: string;
  readonly #listener: WatchListener;
  /** `true` if the process speaks TLS: then its error cannot be shown, because this process has no key. */
  readonly #isSecure: boolean;
  /** The folder in which the process tells its port. */
  readonly #folder: string;
  #errorServer: ErrorServer | null = null;
  #child: Child | null = null;
  #starts = 0;
  #error = "";
  /** What to do when the process has ended. */
  #next: "wait" | "restart" | "exit" = "wait";

  constructor(
    program: readonly string[],
    url: string,
    host: Host,
    listener: WatchListener,
    isSecure: boolean,
  ) {
    this.#program = program;
    this.#url = url;
    this.#host = host;
    this.#listener = listener;
    this.#isSecure = isSecure;
    this.#folder = host.fs.mkdtempSync(`${host.os.tmpdir()}/handoff-`);
    for (const [signal, exitCode] of SIGNALS) host.process.on(signal, () => this.#signalled(exitCode));
  }

  async prepare(): Promise<void> {
    this.#errorServer = await startErrorServer(() => this.#error);
  }

  start(): void {
    const { children, process } = this.#host;
    const [program = "", ...args] = this.#program;
    const portFile = `${this.#folder}/${++this.#starts}`;
    this.#next = "wait";
    this.#error = "";
    this.#listener.hold();
    const child = children.spawn(program, args, {
      stdio: ["pipe", "inherit", "pipe"],
      env: { ...process.env, [WATCHED]: this.#url, [WATCHED_PORT]: portFile },
    });
    this.#child = child;
    // It may end before it has read what it is told.
    child.stdin.on("error", () => {});
    const decoder = new TextDecoder();
    child.stderr.on("data", (bytes) => {
      process.stderr.write(bytes);
      this.#error = (this.#error + decoder.decode(bytes, { stream: true })).slice(-MAX_ERROR);
    });
    child.on("error", (error) => console.error(`handoff: Cannot start ${program}: ${error.message}`));
    child.on("close", (code) => this.#ended(code));
    this.#awaitPort(child, portFile);
  }

  restart(): void {
    if (this.#next !== "wait") return;
    console.error("A file changed: starting again");
    this.#listener.hold();
    if (this.#child === null) return this.start();
    this.#next = "restart";
    this.#child.stdin.write(RESTART);
  }

  /** Looks for the port of a process until there is one, and passes connections on to it. */
  #awaitPort(child: Child, portFile: string): void {
    if (this.#child !== child || this.#next !== "wait") return;
    const text = this.#host.fs.existsSync(portFile) ? this.#host.fs.readFileSync(portFile, "utf8") : "";
    // The end of the line tells that the file has been written whole.
    if (!text.endsWith("\n")) return void setTimeout(() => this.#awaitPort(child, portFile), PORT_INTERVAL);
    const server = { host: "127.0.0.1", port: Number(text), allowHalfOpen: true, noDelay: true } as const;
    this.#listener.serve((socket) => new Relay(socket, this.#host.net.connect(server), !this.#isSecure));
  }

  #ended(code: number | null): void {
    this.#child = null;
    if (this.#next === "restart") return this.start();
    if (this.#next === "exit") return this.#exit(code ?? 1);
    console.error("Ended; waiting for a change");
    if (this.#error === "") this.#error = `The process ended with exit code ${code}`;
    if (!this.#isSecure) this.#listener.serve(this.#errorServer!.accept);
  }

  #signalled(exitCode: number): void {
    const child = this.#child;
    if (child === null) return this.#exit(0);
    if (this.#next === "exit") {
      child.kill("SIGKILL");
      return this.#exit(exitCode);
    }
    this.#next = "exit";
    // Connections that are passed on go on.
    void this.#listener.close();
    child.stdin.write(DRAIN);
  }

  #exit(code: number): void {
    this.#host.fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#host.process.exit(code);
  }
}
