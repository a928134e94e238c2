import { Buffer } from "node:buffer";
import { connect } from "node:net";

/** Milliseconds for any awaited event. */
const PATIENCE = 15_000;

/** Maximum number of bytes in one read. */
const MAX_READ = 256 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A response as received. */
export interface RawResponse {
  /** For example `HTTP/1.1 200 OK`. */
  readonly statusLine: string;
  readonly status: number;
  /** Names and values in order, with their casing. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The content, decoded. */
  readonly body: Uint8Array;
  /** The content as UTF-8. */
  readonly text: string;
  /** The chunks as UTF-8, if the content was chunked. */
  readonly chunks: readonly string[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** The values of a field joined as in Fetch; `null` if there is none. */
  header(name: string): string | null;
}

/** The head of a request for `localhost`: `head("GET /", "Accept: text/plain")`. */
export function head(line: string, ...fields: string[]): string {
  return [`${line} HTTP/1.1`, "Host: localhost", ...fields, "", ""].join("\r\n");
}

/** Creates content of one chunk, without the last, empty chunk. */
export function chunk(text: string): string {
  return `${encoder.encode(text).length.toString(16)}\r\n${text}\r\n`;
}

/** The chunk that ends chunked content. */
export const LAST_CHUNK = "0\r\n\r\n";

/** Creates a request with content and `Content-Length`. */
export function post(path: string, body: string, ...fields: string[]): string {
  return head(`POST ${path}`, `Content-Length: ${encoder.encode(body).length}`, ...fields) + body;
}

/**
 * Marks work in the background of a test as handled: if the test fails before it awaits the work, the test's
 * own error is reported.
 */
export function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** A connection that exposes every byte and parses responses strictly. */
export class RawClient implements Disposable {
  readonly #conn: Deno.Conn;
  #buffer: Uint8Array = new Uint8Array(0);
  #closed = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to a port of 127.0.0.1, or to a Unix socket. */
  static async connect(address: number | { path: string }): Promise<RawClient> {
    return new RawClient(
      typeof address === "number"
        ? await Deno.connect({ hostname: "127.0.0.1", port: address })
        : await Deno.connect({ transport: "unix", path: address.path }),
    );
  }

  /** The client's own port, by which the server identifies it. */
  get localPort(): number {
    return (this.#conn.localAddr as Deno.NetAddr).port;
  }

  /** Sends text as UTF-8, or bytes. */
  send(data: string | Uint8Array): Promise<void> {
    return inBackground(this.#send(typeof data === "string" ? encoder.encode(data) : data));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) bytes = bytes.subarray(await this.#conn.write(bytes));
  }

  /** Closes this half of the connection. */
  async end(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Closes the connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#conn.close();
    } catch {
      // The connection failed.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads up to `size` bytes; `null` at the end. */
  async read(size: number): Promise<Uint8Array | null> {
    if (this.#buffer.length === 0 && !(await this.#fill(size))) return null;
    return this.#take(Math.min(size, this.#buffer.length));
  }

  /** Reads exactly `size` bytes. */
  async readExactly(size: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.read(missing);
      if (piece === null) throw new Error(`Connection ended ${missing} bytes early`);
      pieces.push(piece);
      missing -= piece.length;
    }
    return join(pieces);
  }

  /** Reads `size` bytes as UTF-8. */
  async readText(size: number): Promise<string> {
    return decoder.decode(await this.readExactly(size));
  }

  /** Reads to the end of the connection, as UTF-8. A reset is an error. */
  async readToEnd(): Promise<string> {
    const pieces: Uint8Array[] = [];
    for (let piece = await this.read(65536); piece !== null; piece = await this.read(65536)) {
      pieces.push(piece);
    }
    return decoder.decode(join(pieces));
  }

  /**
   * Reads and drops all bytes until the connection ends, in order or by a reset, and returns their number.
   */
  async drain(): Promise<number> {
    let count = 0;
    try {
      for (let piece = await this.read(65536); piece !== null; piece = await this.read(65536)) {
        count += piece.length;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    return count;
  }

  /** Reads one line. */
  async readLine(): Promise<string> {
    for (let from = 0;;) {
      const at = this.#buffer.indexOf(10, from);
      if (at > 0 && this.#buffer[at - 1] === 13) return latin1(this.#take(at + 1)).slice(0, -2);
      if (at !== -1) throw new Error(`A line ends with a bare LF: ${latin1(this.#buffer)}`);
      from = this.#buffer.length;
      if (!(await this.#fill(65536))) {
        throw new Error(`Connection ended in the middle of a line: ${JSON.stringify(latin1(this.#buffer))}`);
      }
    }
  }

  /** Reads the head of a response. */
  async readHead(): Promise<Omit<RawResponse, "body" | "text" | "chunks" | "trailers">> {
    const statusLine = await this.readLine();
    const match = /^HTTP\/1\.1 ([1-5]\d\d) [ -~]*$/.exec(statusLine);
    if (match === null) throw new Error(`The status line is malformed: ${statusLine}`);
    const fields = await this.#readFields();
    return {
      statusLine,
      status: Number(match[1]),
      fields,
      header: (name) => {
        const values = fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);
        return values.length === 0 ? null : values.join(", ");
      },
    };
  }

  /** Reads a response to the end of its content, or an interim response. */
  async readResponse(method = "GET"): Promise<RawResponse> {
    const head = await this.readHead();
    const length = head.header("content-length");
    const coding = head.header("transfer-encoding");
    let content: { body: Uint8Array; chunks?: string[]; trailers?: [string, string][] };
    if (method === "HEAD" || head.status < 200 || head.status === 204 || head.status === 304) {
      content = { body: new Uint8Array(0) };
    } else if (coding !== null) {
      if (coding !== "chunked" || length !== null) throw new Error(`Cannot tell the framing: ${head.fields}`);
      content = await this.#readChunks();
    } else if (length !== null) {
      if (!/^\d+$/.test(length)) throw new Error(`The content-length is malformed: ${length}`);
      content = { body: await this.readExactly(Number(length)) };
    } else {
      content = { body: encoder.encode(await this.readToEnd()) };
    }
    const { body, chunks = [], trailers = [] } = content;
    return { ...head, body, text: decoder.decode(body), chunks, trailers };
  }

  async #readChunks(): Promise<{ body: Uint8Array; chunks: string[]; trailers: [string, string][] }> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const line = await this.readLine();
      if (!/^[\da-f]+$/i.test(line)) throw new Error(`A chunk size is malformed: ${line}`);
      const size = parseInt(line, 16);
      if (size === 0) break;
      pieces.push(await this.readExactly(size));
      if (await this.readLine() !== "") throw new Error("A chunk is longer than its size");
    }
    const trailers = await this.#readFields();
    return { body: join(pieces), chunks: pieces.map((piece) => decoder.decode(piece)), trailers };
  }

  async #readFields(): Promise<[string, string][]> {
    const fields: [string, string][] = [];
    for (let line = await this.readLine(); line !== ""; line = await this.readLine()) {
      const match = /^([^\s:]+): ([^\r\n]*)$/.exec(line);
      if (match === null) throw new Error(`A field is malformed: ${line}`);
      fields.push([match[1]!, match[2]!]);
    }
    return fields;
  }

  #take(size: number): Uint8Array {
    const taken = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return taken;
  }

  async #fill(size: number): Promise<boolean> {
    const buffer = new Uint8Array(Math.min(size, MAX_READ));
    let impatient = false;
    const timer = setTimeout(() => {
      impatient = true;
      this.close();
    }, PATIENCE);
    try {
      const count = await this.#conn.read(buffer);
      if (count === null) return false;
      const read = buffer.subarray(0, count);
      this.#buffer = this.#buffer.length === 0 ? read : join([this.#buffer, read]);
      return true;
    } catch (error) {
      if (!impatient) throw error;
      throw new Error(`Nothing came for ${PATIENCE} ms after ${JSON.stringify(latin1(this.#buffer))}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A connection that can be reset, which Deno's connections cannot. It never reads. */
export interface ResettableClient {
  /** The client's own port. */
  readonly localPort: number;
  /** Resets the connection: the server receives a TCP reset. */
  reset(): Promise<void>;
}

/** Connects and sends `text`. */
export async function connectResettable(port: number, text: string): Promise<ResettableClient> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  socket.pause();
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const localPort = socket.localPort!;
  if (text !== "") await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return {
    localPort,
    reset: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.resetAndDestroy();
      }),
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
