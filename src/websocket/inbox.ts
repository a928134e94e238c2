/** A message as a `for await` loop gets it. */
export type SocketMessage = string | Uint8Array<ArrayBuffer>;

/** Bytes of messages, and number of them, that wait before the client is held back. */
const MAX_SIZE = 65536;
const MAX_COUNT = 64;

/** Messages that wait for the program to take them. */
export class Inbox {
  readonly #hold: (held: boolean) => void;
  #messages: SocketMessage[] = [];
  #taken = 0;
  #size = 0;
  #held = false;
  #closed = false;
  #waiting: ((result: IteratorResult<SocketMessage, undefined>) => void)[] = [];

  /** @param hold Stops the client from sending, or lets it. */
  constructor(hold: (held: boolean) => void) {
    this.#hold = hold;
  }

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#taken === this.#messages.length;
  }

  /** Adds a message, or gives it to a `next()` that waits for it. */
  push(message: SocketMessage): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting({ value: message, done: false });
    this.#messages.push(message);
    this.#size += message.length;
    if (this.#held || (this.#size < MAX_SIZE && this.#messages.length - this.#taken < MAX_COUNT)) return;
    this.#held = true;
    this.#hold(true);
  }

  /** Takes the first message; `undefined` where there is none. */
  take(): SocketMessage | undefined {
    if (this.empty) return undefined;
    const message = this.#messages[this.#taken]!;
    this.#messages[this.#taken++] = "";
    this.#size -= message.length;
    if (this.empty) {
      this.#messages = [];
      this.#taken = 0;
      this.#letGo();
    }
    return message;
  }

  /** Resolves with the next message, or with the end once the connection is closed and no message waits. */
  next(): Promise<IteratorResult<SocketMessage, undefined>> {
    const message = this.take();
    if (message !== undefined) return Promise.resolve({ value: message, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** No message will come any more. Those that wait can still be taken. */
  close(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  /** Forgets what waits. */
  clear(): void {
    this.#messages = [];
    this.#taken = 0;
    this.#size = 0;
    this.#letGo();
  }

  #letGo(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#hold(false);
  }
}
