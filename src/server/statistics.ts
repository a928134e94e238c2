/** What one thread has done so far. */
export interface ThreadStats {
  /** Connections that are open now. */
  readonly openConnections: number;
  /** Connections that were accepted. */
  readonly acceptedConnections: number;
  /** Requests that were handed to a handler: whose head was well-formed, and announced no content above the limit. */
  readonly requests: number;
  /** Final responses by the first digit of their status; `"1xx"` counts upgrades. */
  readonly responses: Readonly<Record<"1xx" | "2xx" | "3xx" | "4xx" | "5xx", number>>;
  /** Messages that were received on connections that have left HTTP, such as those of WebSocket. */
  readonly messagesIn: number;
  /** Messages that were sent on such connections. */
  readonly messagesOut: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Errors that `onError` was told. */
  readonly errors: number;
  /** How often the thread was replaced. */
  readonly restarts: number;
}

const OPEN = 0;
const ACCEPTED = 1;
const REQUESTS = 2;
/** The class of a status, 1 to 5, is added to this. */
const RESPONSES = 2;
const BYTES_IN = 8;
const BYTES_OUT = 9;
const ERRORS = 10;
const RESTARTS = 11;
const MESSAGES_IN = 12;
const MESSAGES_OUT = 13;
const LENGTH = 14;

/** Bytes of memory that the counters of one thread take. */
export const STATISTICS_SIZE: number = LENGTH * Float64Array.BYTES_PER_ELEMENT;

/**
 * The counters of one thread: plain numbers that it alone writes while it is there, in memory that other threads can read. That needs no
 * atomic operation and no message: a 64-bit number is read and written whole on every platform that the runtimes have.
 */
export class Statistics {
  readonly #counts: Float64Array;

  /**
   * @param memory Where the counters lie: of this thread alone, or shared.
   * @param offset The first byte of them.
   */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(STATISTICS_SIZE), offset = 0) {
    this.#counts = new Float64Array(memory, offset, LENGTH);
  }

  /** A connection was accepted. */
  connectionOpened(): void {
    this.#add(OPEN, 1);
    this.#add(ACCEPTED, 1);
  }

  /** A connection ended. */
  connectionClosed(): void {
    this.#add(OPEN, -1);
  }

  /** A request's head was received. */
  request(): void {
    this.#add(REQUESTS, 1);
  }

  /** A final response was begun. */
  response(status: number): void {
    this.#add(RESPONSES + Math.floor(status / 100), 1);
  }

  /** Messages of another protocol were received and sent. */
  messages(received: number, sent: number): void {
    this.#add(MESSAGES_IN, received);
    this.#add(MESSAGES_OUT, sent);
  }

  /** Bytes were received. */
  received(bytes: number): void {
    this.#add(BYTES_IN, bytes);
  }

  /** Bytes were sent. */
  sent(bytes: number): void {
    this.#add(BYTES_OUT, bytes);
  }

  /** An error was reported. */
  error(): void {
    this.#add(ERRORS, 1);
  }

  /** The thread died: its connections are gone. */
  died(): void {
    this.#counts[OPEN] = 0;
  }

  /** Another takes its place. */
  restarted(): void {
    this.#add(RESTARTS, 1);
  }

  #add(counter: number, amount: number): void {
    this.#counts[counter]! += amount;
  }

  /** The counts as they are now. */
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
