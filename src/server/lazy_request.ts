import type { Request } from "../http/request.ts";
import { forwardTo } from "./forwarding.ts";

type WebRequest = globalThis.Request;

const NativeRequest: typeof globalThis.Request = globalThis.Request;

/** Methods that Fetch has no request with, and those that it has none with content. */
const FORBIDDEN_METHOD = /^(?:connect|trace|track)$/i;
const WITHOUT_CONTENT = /^(?:get|head|connect|trace|track)$/i;

/** The request of the runtime that a lazy one stands for; for `fetch` and `new Request` of runtimes that look inside. */
export let nativeRequest: (request: LazyRequest) => WebRequest;

/**
 * A Fetch `Request` that makes each of its parts when it is asked for; the runtime's own `Request` comes into being only
 * where a part needs it. Making that takes 1.7 us (Bun) to 6 us (Deno).
 *
 * Its prototype inherits from that of `Request`, so it is an instance of it.
 */
export class LazyRequest {
  readonly #request: Request;
  readonly #url: string;
  #headers: Headers | null = null;
  #native: WebRequest | null = null;
  /** Whether the content was read by a method of this class. */
  #read = false;

  static {
    nativeRequest = (request) => request.#whole();
  }

  /**
   * @param request What was received.
   * @param url Its absolute URL.
   */
  constructor(request: Request, url: string) {
    this.#request = request;
    this.#url = url;
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    return this.#headers ??= new Headers(this.#request.headers.raw());
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.#native === null && !this.#hasContent ? null : this.#whole().body;
  }

  get bodyUsed(): boolean {
    return this.#read || (this.#native !== null && this.#native.bodyUsed);
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#mayRead()
      ? this.#request.bytes().then((bytes) => bytes.buffer)
      : this.#whole().arrayBuffer();
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#mayRead() ? this.#request.bytes() : this.#whole().bytes();
  }

  text(): Promise<string> {
    return this.#mayRead() ? this.#request.text() : this.#whole().text();
  }

  json(): Promise<unknown> {
    return this.#mayRead() ? this.#request.json() : this.#whole().json();
  }

  clone(): WebRequest {
    return this.#whole().clone();
  }

  /** Whether the content can be read without the runtime's request; notes that it has been. */
  #mayRead(): boolean {
    if (this.#native !== null || this.#read || !this.#hasContent) return false;
    this.#read = true;
    return true;
  }

  get #hasContent(): boolean {
    const { headers, method } = this.#request;
    // The parser made sure that these frame the content, and that the length is a number.
    const framed = headers.has("transfer-encoding") ||
      parseInt(headers.get("content-length") ?? "0") > 0;
    return framed && !WITHOUT_CONTENT.test(method);
  }

  #whole(): WebRequest {
    return this.#native ??= this.#make();
  }

  #make(): WebRequest {
    const init: RequestInit & { duplex?: "half" } = {
      method: FORBIDDEN_METHOD.test(this.method) ? "GET" : this.method,
      headers: this.headers,
      signal: this.signal,
    };
    if (this.#read) {
      init.body = "";
    } else if (this.#hasContent) {
      init.body = this.#request.body;
      init.duplex = "half";
    }
    const native = new NativeRequest(this.#url, init);
    // What was read here counts as read there.
    if (this.#read) native.text().catch(() => {});
    return native;
  }
}

forwardTo(
  LazyRequest.prototype,
  NativeRequest.prototype,
  new NativeRequest("http://localhost/"),
  nativeRequest,
);
