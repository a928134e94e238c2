import type { Address } from "../../net/socket.ts";
import type { AcceptWay, Running, ServerStats } from "../../server/listening.ts";
import type { Listened } from "../pool/thread_messages.ts";

/**
 * The result of a `handle` call that a thread repeats on its way to the call that it is to join. The server
 * itself listens on the program's first thread; on this thread nothing runs.
 */
export class ReplayedServer implements Running {
  readonly address: Address;
  readonly threads: number;
  readonly accept: AcceptWay;
  readonly secure: boolean;
  readonly failed: Promise<never> = new Promise(() => {});

  /** @param listened The description of the server on the first thread. */
  constructor({ address, threads, accept, secure }: Listened) {
    this.address = address;
    this.threads = threads;
    this.accept = accept;
    this.secure = secure;
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  cut(): void {}

  setCertificates(): Promise<void> {
    return Promise.resolve();
  }

  ref(): void {}

  unref(): void {}

  stats(): ServerStats {
    return { threads: [] };
  }
}
