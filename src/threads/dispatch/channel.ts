import { OPERANDS } from "./messages.ts";

/** Posts batches. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/** One direction of the messages between two threads. */
export class Channel {
  readonly #port: Port;
  #batch: unknown[] = [];
  #transfer: ArrayBufferLike[] = [];
  #scheduled = false;
  #corked = false;

  /** @param port Posts the batches. */
  constructor(port: Port) {
    this.#port = port;
  }

  /** Adds a record to the batch of this turn. */
  send(operation: number, exchange: number, ...operands: readonly unknown[]): void {
    this.#batch.push(operation, exchange, ...operands);
    this.#schedule();
  }

  /**
   * Hands a buffer over with the batch of this turn: an operand of one of its records, which must hold
   * nothing else.
   */
  transfer(buffer: ArrayBuffer): ArrayBuffer {
    this.#transfer.push(buffer);
    return buffer;
  }

  /** Keeps the batch open while `work` runs, and posts it then. */
  batched(work: () => void): void {
    this.#corked = true;
    try {
      work();
    } finally {
      this.#corked = false;
      this.flush();
    }
  }

  #schedule(): void {
    if (this.#corked || this.#scheduled) return;
    this.#scheduled = true;
    // After all that the runtime has read in this turn, so that requests of many connections go together.
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** Posts what has gathered. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const transfer = this.#transfer;
    this.#batch = [];
    if (transfer.length === 0) {
      this.#port.postMessage(batch);
    } else {
      this.#transfer = [];
      this.#port.postMessage(batch, transfer);
    }
  }
}

/**
 * Takes one record of a batch, whose operands begin at `at`. It must not throw: the records after it are of
 * other exchanges.
 */
export type TakeRecord = (
  operation: number,
  exchange: number,
  operands: readonly unknown[],
  at: number,
) => void;

/** Takes a batch apart. What follows a record that is not of this protocol cannot be read, and is dropped. */
export function readBatch(batch: readonly unknown[], take: TakeRecord): void {
  for (let i = 0; i < batch.length;) {
    const operation = batch[i] as number;
    const operands = OPERANDS[operation];
    if (operands === undefined) return;
    take(operation, batch[i + 1] as number, batch, i + 2);
    i += 2 + operands;
  }
}
