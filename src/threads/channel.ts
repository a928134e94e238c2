import type { AddressRecord, RequestRecord } from "./request_record.ts";

/**
 * The messages of `"dispatch"`. They travel in batches: one array of many records, each an operation, the exchange
 * that it is about, and what the operation needs. `postMessage` costs 4 to 8 us there and back however little it
 * carries, so what is ready in one turn goes together.
 *
 * To the thread that handles:
 */
export const REQUEST = 0;
/** Content: a buffer. */
export const DATA = 1;
/** The end of the content: the text of the trailer section, or `null`. */
export const END = 2;
/** The content cannot be completed: status, message. */
export const FAIL = 3;
/** The client may be gone. */
export const MAYBE_GONE = 4;
/** The connection is gone: why. */
export const CLOSED = 5;
/** The client took bytes of the response: how many. */
export const TAKEN = 6;
/** The client closed its half of an upgraded connection. */
export const CLIENT_ENDED = 7;
/** A connection began: its client's hostname and port, or path and -1. */
export const CONNECTION_START = 8;
/** It has ended. */
export const CONNECTION_END = 9;

/** From the thread that handles. Part of the response: text or a buffer. */
export const WRITE = 16;
/** The handler took content: how many bytes; and for which byte of it, counted from 0, it waits: -1 for none. */
export const WANT = 17;
/** The exchange is over: whether the connection may be kept. */
export const DONE = 18;
/** The connection is to be cut: whether with a reset. */
export const CUT = 19;
/** The connection is now raw bytes. */
export const UPGRADED = 20;
/** The handler closed its half of an upgraded connection. */
export const HANDLER_ENDED = 21;
/** The handler has left both halves of one. */
export const HANDLER_LEFT = 22;
/** The handler asks for content for which the client may wait to be asked. */
export const CONTINUE = 23;

/** How many values follow the operation and the exchange. */
export const OPERANDS: Readonly<Record<number, number>> = {
  [REQUEST]: 10 satisfies RequestRecord["length"],
  [DATA]: 1,
  [END]: 1,
  [FAIL]: 2,
  [MAYBE_GONE]: 0,
  [CLOSED]: 1,
  [TAKEN]: 1,
  [CLIENT_ENDED]: 0,
  [CONNECTION_START]: 2 satisfies AddressRecord["length"],
  [CONNECTION_END]: 0,
  [WRITE]: 1,
  [WANT]: 2,
  [DONE]: 1,
  [CUT]: 1,
  [UPGRADED]: 0,
  [HANDLER_ENDED]: 0,
  [HANDLER_LEFT]: 0,
  [CONTINUE]: 0,
};

/** How many bytes may be on their way or waiting in one direction of one exchange: 128 KiB. */
export const WINDOW: number = 128 * 1024;

/** So many bytes are acknowledged together. */
export const ACKNOWLEDGE: number = 32 * 1024;

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

  /** @param port Where batches go. */
  constructor(port: Port) {
    this.#port = port;
  }

  /** Adds a record to the batch of this turn. */
  send(operation: number, exchange: number, ...operands: readonly unknown[]): void {
    this.#batch.push(operation, exchange, ...operands);
    this.#schedule();
  }

  /** Adds a record that carries bytes; their buffer is handed over, so it must hold nothing else. */
  sendBytes(operation: number, exchange: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#transfer.push(bytes.buffer);
    this.#batch.push(operation, exchange, bytes.buffer);
    this.#schedule();
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
    // Behind all that the runtime has read in this turn, so that requests of many connections go together.
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
 * Takes one record of a batch, whose operands begin at `at`. It must not throw: the records behind it are of other
 * exchanges.
 */
export type TakeRecord = (
  operation: number,
  exchange: number,
  operands: readonly unknown[],
  at: number,
) => void;

/** Takes a batch apart. */
export function readBatch(batch: readonly unknown[], take: TakeRecord): void {
  for (let i = 0; i < batch.length;) {
    const operation = batch[i] as number;
    take(operation, batch[i + 1] as number, batch, i + 2);
    i += 2 + OPERANDS[operation]!;
  }
}
