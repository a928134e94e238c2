import type { Address } from "../../net/socket.ts";
import type { AcceptWay, Running, ServerStats } from "../../server/listening.ts";
import type { Listened } from "../pool/thread_messages.ts";

/**
 * A server of a program that this thread runs once more to join another server of it: it listens on the program's first
 * thread, and here it does nothing.
 */
export class ReplayedServer implements Running {
  readonly address: Address;
  readonly threads: number;
  readonly accept: AcceptWay;
  readonly secure: boolean;
  readonly failed: Promise<never> = new Promise(() => {});

  /** @param listened What the first thread tells of it. */
  constructor({ address, threads, accept, secure }: Listened) {
    this.address = address;
    this.threads = threads;
    this.accept = accept;
    this.secure = secure;
  }

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
