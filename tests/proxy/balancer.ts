import { linesOf } from "../support/lines.ts";

/** Milliseconds in which a balancer begins to listen. */
const PATIENCE = 10_000;

/** Makes the command line of a balancer from the path of its configuration and a folder for its files. */
const COMMANDS = {
  haproxy: (config: string) => ["haproxy", "-db", "-f", config],
  nginx: (config: string, folder: string) => ["nginx", "-p", folder, "-e", "stderr", "-c", config],
};

/** A balancer that can be started. */
export type BalancerName = keyof typeof COMMANDS;

/** HAProxy or nginx, running in the foreground on a free port of 127.0.0.1. */
export class Balancer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #errors: Promise<void>;
  /** The port that it listens on. */
  readonly port: number;
  /** The lines that it wrote to standard error. */
  readonly stderr: string[] = [];

  private constructor(child: Deno.ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.#errors = (async () => {
      for await (const line of linesOf(child.stderr)) this.stderr.push(line);
    })();
  }

  /**
   * Starts a balancer and waits until it listens.
   *
   * @param name The program.
   * @param configure Makes the configuration, given the port to listen on and a folder for files.
   */
  static async start(
    name: BalancerName,
    configure: (port: number, folder: string) => string,
  ): Promise<Balancer> {
    const folder = await Deno.makeTempDir({ prefix: "handoff" });
    const port = freePort();
    await Deno.writeTextFile(`${folder}/balancer.conf`, configure(port, folder));
    const [program, ...args] = COMMANDS[name](`${folder}/balancer.conf`, folder);
    const child = new Deno.Command(program!, { args, stdin: "null", stdout: "null", stderr: "piped" })
      .spawn();
    const balancer = new Balancer(child, folder, port);
    try {
      await balancer.#listens();
    } catch (error) {
      await balancer[Symbol.asyncDispose]();
      throw new Error(`Cannot start ${name}: ${balancer.stderr.join("\n")}`, { cause: error });
    }
    return balancer;
  }

  async #listens(): Promise<void> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#errors;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
