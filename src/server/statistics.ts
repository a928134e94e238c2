/** Counters of one thread since its start. */
export interface ThreadStats {
  /** Number of connections that are open now. */
  readonly openConnections: number;
  /** Number of connections that were accepted. */
  readonly acceptedConnections: number;
  /**
   * Number of requests that were handed to a handler: their head was valid and announced no content above the
   * limit.
   */
  readonly requests: number;
  /** Number of final responses by the first digit of their status; `"1xx"` counts upgrades. */
  readonly responses: Readonly<Record<"1xx" | "2xx" | "3xx" | "4xx" | "5xx", number>>;
  /**
   * Number of messages that were received on connections after the end of HTTP, such as WebSocket messages.
   */
  readonly messagesIn: number;
  /** Number of messages that were sent on such connections. */
  readonly messagesOut: number;
  /** Number of bytes received. */
  readonly bytesIn: number;
  /** Number of bytes sent. */
  readonly bytesOut: number;
  /** Number of errors that were passed to `onError`. */
  readonly errors: number;
  /** Number of times that the thread was replaced. */
  readonly restarts: number;
}

const OPEN = 0;
const ACCEPTED = 1;
const REQUESTS = 2;
/** Index to which the class of a status, 1 to 5, is added. */
const RESPONSES = 2;
const BYTES_IN = 8;
const BYTES_OUT = 9;
const ERRORS = 10;
const RESTARTS = 11;
const MESSAGES_IN = 12;
const MESSAGES_OUT = 13;
const LENGTH = 14;

/** Size in bytes of the counters of one thread. */
export const STATISTICS_SIZE: number = LENGTH * Float64Array.BYTES_PER_ELEMENT;

/**
 * The counters of one thread, in memory that other threads can read. While the thread lives, only the thread
 * itself writes them, so neither atomic operations nor messages are necessary: a 64-bit number is read and
 * written as a whole on every platform of the runtimes.
 */
export class Statistics {
  readonly #counts: Float64Array;

  /**
   * Creates the counters.
   *
   * @param memory Memory of this thread alone, or shared memory.
   * @param offset Index of their first byte.
   */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(STATISTICS_SIZE), offset = 0) {
    this.#counts = new Float64Array(memory, offset, LENGTH);
  }

  /** Counts an accepted connection. */
  connectionOpened(): void {
    this.#add(OPEN, 1);
    this.#add(ACCEPTED, 1);
  }

  /** Counts an ended connection. */
  connectionClosed(): void {
    this.#add(OPEN, -1);
  }

  /** Counts a request whose head was received. */
  request(): void {
    this.#add(REQUESTS, 1);
  }

  /** Counts a final response that was begun. */
  response(status: number): void {
    this.#add(RESPONSES + Math.floor(status / 100), 1);
  }

  /** Counts messages of another protocol. */
  messages(received: number, sent: number): void {
    this.#add(MESSAGES_IN, received);
    this.#add(MESSAGES_OUT, sent);
  }

  /** Counts received bytes. */
  received(bytes: number): void {
    this.#add(BYTES_IN, bytes);
  }

  /** Counts sent bytes. */
  sent(bytes: number): void {
    this.#add(BYTES_OUT, bytes);
  }

  /** Counts a reported error. */
  error(): void {
    this.#add(ERRORS, 1);
  }

  /** Resets the number of open connections, because the thread died. */
  died(): void {
    this.#counts[OPEN] = 0;
  }

  /** Counts a replacement of the thread. */
  restarted(): void {
    this.#add(RESTARTS, 1);
  }

  #add(counter: number, amount: number): void {
    this.#counts[counter]! += amount;
  }

  /** Copies the current counts. */
  snapshot(): ThreadStats {
    const at = (counter: number) => this.#counts[counter] ?? 0;
    return {
      openConnections: at(OPEN),
      acceptedConnections: at(ACCEPTED),
      requests: at(REQUESTS),
      responses: {
        "1xx": at(RESPONSES + 1),
        "2xx": at(RESPONSES + 2),
        "3xx": at(RESPONSES + 3),
        "4xx": at(RESPONSES + 4),
        "5xx": at(RESPONSES + 5),
      },
      messagesIn: at(MESSAGES_IN),
      messagesOut: at(MESSAGES_OUT),
      bytesIn: at(BYTES_IN),
      bytesOut: at(BYTES_OUT),
      errors: at(ERRORS),
      restarts: at(RESTARTS),
    };
  }
}
