import type { Address } from "../net/socket.ts";
import type { AcceptWay, Running, ServerStats } from "../server/listening.ts";

/**
 * A server of a program that this thread runs once more to join another server of it: it listens on the program's first
 * thread, and here it does nothing.
 */
export class Elsewhere implements Running {
  readonly address: Address = { hostname: "", port: 0 };
  readonly threads = 0;
  readonly accept: AcceptWay = "single";
  readonly failed: Promise<never> = new Promise(() => {});

  /** Nothing runs here. */
  drain(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing runs here. */
  cut(): void {}

  /** Nothing was counted here. */
  stats(): ServerStats {
    return { threads: [] };
  }
}
