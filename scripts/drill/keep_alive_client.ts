/** A client that sends requests on one connection, one after the other. */
export class KeepAliveClient implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(4096);

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<KeepAliveClient> {
    return new KeepAliveClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a GET and returns the content of the response. */
  async get(path: string): Promise<string> {
    await this.#conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`));
    let text = "";
    for (;;) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) throw new Error(`The connection was cut after ${JSON.stringify(text)}`);
      text += new TextDecoder().decode(this.#buffer.subarray(0, count));
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) continue;
      const length = Number(/^content-length: (\d+)\r$/im.exec(text)?.[1]);
      if (text.length >= end + 4 + length) return text.slice(end + 4);
    }
  }

  close(): void {
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
