import { textOf } from "./vectors.ts";

/** Milliseconds for any awaited event before the test fails. */
const PATIENCE = 30_000;

/** A client's connection as bytes. Received bytes are read as they arrive. */
export class Wire implements Disposable {
  readonly #conn: Deno.TcpConn;
  #reading: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #closed = false;
  /** All bytes that the server sent, one character for each. */
  received = "";
  /** The kind of end of the connection, if the server has ended it. */
  ended: "closed" | "reset" | null = null;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /**
   * Connects.
   *
   * @param options `reading: false` reads nothing until {@linkcode read} is called, so that the server is
   * held back.
   */
  static async connect(port: number, options: { readonly reading?: boolean } = {}): Promise<Wire> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    const wire = new Wire(conn);
    if (options.reading !== false) wire.read();
    return wire;
  }

  /** Starts reading. */
  read(): void {
    this.#reading ??= this.#readOn();
  }

  async #readOn(): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        this.received += textOf(buffer.subarray(0, count));
        this.#tell();
      }
      this.ended = "closed";
    } catch {
      this.ended = "reset";
    }
    this.#tell();
  }

  #tell(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Sends bytes, or text with one byte for each character. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : data;
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Closes this half of the connection. */
  async endSending(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Waits until the server has sent `text`. */
  async until(text: string): Promise<void> {
    await this.#when(() => this.received.includes(text), `the server sends ${JSON.stringify(text)}`);
  }

  /** Waits until the server has ended the connection, and returns all bytes that it sent. */
  async untilEnd(): Promise<string> {
    await this.#when(() => this.ended !== null, "the server ends the connection", true);
    return this.received;
  }

  async #when(condition: () => boolean, what: string, endIsFine = false): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#tell();
    }, PATIENCE);
    while (!condition() && !late && (endIsFine || this.ended === null)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    clearTimeout(timer);
    if (!condition()) {
      const got = JSON.stringify(this.received.slice(0, 500));
      throw new Error(
        `Waited in vain until ${what}; the connection is ${this.ended ?? "open"}, and there came ${got}`,
      );
    }
  }

  /** Closes both halves. If bytes from the server are unread, the kernel resets the connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  /** Closes both halves at the end of a block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
