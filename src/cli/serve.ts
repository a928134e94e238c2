import type { Address } from "../net/socket.ts";
import type { Listening } from "../server/listening.ts";
import { Server } from "../threads/server.ts";
import { availableThreads } from "../threads/worker_threads.ts";
import { type ServeCommand, UsageError } from "./command_line.ts";
import { tellFigures } from "./figures.ts";
import { type Host, type Process, SIGNALS, type Urls } from "./host.ts";
import type { PageState } from "./page.ts";
import { DRAIN, RESTART, WATCHED } from "./watch.ts";

/** Milliseconds that requests in flight have when a file changed. */
const RESTART_DEADLINE = 2000;

/**
 * Milliseconds in which a further signal is the same one again: Ctrl-C reaches the whole group of processes, and a parent
 * in it (`deno task`, a shell's wrapper) passes it on besides.
 */
const REPEATED_SIGNAL = 100;

const decoder = new TextDecoder();

/**
 * Serves until it is told to end.
 *
 * @param command What to serve, where and how.
 * @param page The module whose handler serves where the command names none.
 * @returns A promise that resolves when the server listens.
 * @throws {UsageError} If there is no such module.
 * @throws What `Server.handle` throws.
 */
export async function serve(command: ServeCommand, page: URL, host: Host): Promise<void> {
  const { process } = host;
  const ending = new Ending(process);
  const listening = await listen(command, page, host);
  console.log(describe(listening, command));
  ending.of(listening);
  try {
    await listening.closed;
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

async function listen(command: ServeCommand, page: URL, host: Host): Promise<Listening> {
  const { threads = availableThreads(), accept } = command;
  const server = Server.http(command.address);
  if (command.module !== null) {
    return await server.handle(moduleUrl(command.module, host), { threads, accept });
  }
  const state: PageState = { figures: `handoff ${crypto.randomUUID()}` };
  const listening = await server.handle(page, { threads, accept, state });
  tellFigures(state.figures, () => listening.stats());
  return listening;
}

/**
 * Finds the module that an argument names: a path, or a URL.
 *
 * @throws {UsageError} If there is no such file, or the URL is none.
 */
export function moduleUrl(module: string, { process, fs, urls }: Host): URL {
  // A single letter before the colon is a drive of Windows.
  const isUrl = /^[a-z][a-z\d+.-]+:/i.test(module);
  if (isUrl && !URL.canParse(module)) throw new UsageError(`Cannot serve ${module}: it is not a URL`);
  const url = isUrl
    ? new URL(module)
    : new URL(urls.pathToFileURL(module).href, urls.pathToFileURL(process.cwd() + "/"));
  if (url.protocol !== "file:") return url;
  const found = fs.statSync(pathOf(url, module, urls), { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`Cannot find module ${module}`);
  if (found.isDirectory()) throw new UsageError(`Cannot serve ${module}: it is a directory, not a module`);
  return url;
}

function pathOf(url: URL, module: string, urls: Urls): string {
  try {
    return urls.fileURLToPath(url);
  } catch {
    // It names another host, say.
    throw new UsageError(`Cannot serve ${module}: it is not the URL of a file here`);
  }
}

/** The address, the threads and the accept way in a line. */
function describe({ address, threads, accept }: Listening, { module }: ServeCommand): string {
  const how = threads === 1 ? "1 thread" : `${threads} threads, accept ${accept}`;
  return `Listening on ${urlOf(address)} (${how})${module === null ? "" : `: ${module}`}`;
}

function urlOf(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `http://${host}:${address.port}/`;
}

/** Ends the process: when a first signal comes, after the requests in flight; at a second, at once. */
class Ending {
  readonly #process: Process;
  #listening: Listening | null = null;
  #ending = false;
  #signalledAt = -Infinity;

  constructor(process: Process) {
    this.#process = process;
    const watched = process.env[WATCHED] !== undefined;
    for (const [signal, exitCode] of SIGNALS) {
      // Ctrl-C reaches the watching process as well, which passes it on as it sees fit.
      process.on(signal, watched ? () => {} : () => this.#signalled(exitCode));
    }
    if (watched) this.#followWatcher();
  }

  of(listening: Listening): void {
    this.#listening = listening;
  }

  #followWatcher(): void {
    const { stdin } = this.#process;
    stdin.on("data", (bytes) => {
      const told = decoder.decode(bytes);
      if (told.includes(RESTART)) this.#close(RESTART_DEADLINE);
      else if (told.includes(DRAIN)) this.#drain();
    });
    stdin.on("end", () => this.#process.exit(1));
  }

  #signalled(exitCode: number): void {
    const now = performance.now();
    if (now - this.#signalledAt < REPEATED_SIGNAL) return;
    this.#signalledAt = now;
    if (this.#ending || this.#listening === null) this.#process.exit(exitCode);
    this.#drain();
  }

  #drain(): void {
    console.error("Finishing the requests in flight; a second signal cuts them off");
    this.#close(Infinity);
  }

  #close(deadline: number): void {
    this.#ending = true;
    // What else the handler's module has open is not waited for.
    const end = (): never => this.#process.exit(0);
    if (this.#listening === null) end();
    else this.#listening.close({ deadline }).then(end, end);
  }
}
