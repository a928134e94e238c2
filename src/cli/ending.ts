import type { Listening } from "../server/listening.ts";
import type { ServeCommand } from "./command_line.ts";
import { type Process, SIGNALS } from "./host.ts";
import { DRAIN, RESTART, WATCHED } from "./watched.ts";

/** Milliseconds that requests in flight have when a file changed. */
const RESTART_DEADLINE = 2000;

/**
 * Milliseconds in which a further signal is the same one again: Ctrl-C reaches the whole group of processes,
 * and a parent in it (`deno task`, a shell's wrapper) passes it on besides.
 */
const REPEATED_SIGNAL = 100;

const decoder = new TextDecoder();

/** Ends the process: at the first signal after the requests in flight, at a second one at once. */
export class Ending {
  readonly #process: Process;
  readonly #command: ServeCommand;
  #listening: Listening | null = null;
  #ending = false;
  #signalledAt = -Infinity;

  constructor(process: Process, command: ServeCommand) {
    this.#process = process;
    this.#command = command;
    const watched = process.env[WATCHED] !== undefined;
    for (const [signal, exitCode] of SIGNALS) {
      // Ctrl-C reaches the watching process as well, which passes it on as it sees fit.
      process.on(signal, watched ? () => {} : () => this.#signalled(exitCode));
    }
    if (watched) this.#followWatcher();
  }

  /** Sets the server to close. */
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
    const { delay, grace, quiet } = this.#command;
    this.#ending = true;
    if (!quiet) console.error(`${describe(delay, grace)}; a second signal cuts them off`);
    if (delay > 0) setTimeout(() => this.#close(grace), delay);
    else this.#close(grace);
  }

  #close(deadline: number): void {
    this.#ending = true;
    // What else the handler's module has open is not waited for.
    const end = (): never => this.#process.exit(0);
    if (this.#listening === null) end();
    else this.#listening.close({ deadline }).then(end, end);
  }
}

function describe(delay: number, grace: number): string {
  const seconds = (milliseconds: number) => `${milliseconds / 1000} seconds`;
  const limit = grace === Infinity ? "" : `, for at most ${seconds(grace)}`;
  const finishing = `inishing the requests in flight${limit}`;
  return delay > 0 ? `Going on for ${seconds(delay)}, then f${finishing}` : `F${finishing}`;
}
