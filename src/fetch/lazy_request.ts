import { handled } from "../http/handled.ts";
import { type Request, waitUntil } from "../http/request.ts";
import { delegateMembers, NATIVE } from "./delegate_members.ts";
import {
  allowedMethod,
  blobOf,
  fetchFields,
  type FetchRequestInit,
  hasBody,
  isFramed,
} from "./request_init.ts";
import { ipOf, type ServedRequest } from "./served_request.ts";

type WebRequest = globalThis.Request;

let NativeRequest: typeof globalThis.Request;

/** Makes a {@linkcode LazyRequest}, typed as what it stands for. */
export function lazyRequest(request: Request, url: string): ServedRequest {
  return new LazyRequest(request, url) as unknown as ServedRequest;
}

/**
 * A Fetch `Request` that makes each of its parts when it is asked for. The runtime's own request, which costs
 * more than the rest of a simple exchange, is made only for the parts that need it.
 *
 * The prototype inherits from that of `Request`.
 */
export class LazyRequest {
  readonly #request: Request;
  readonly #url: string;
  #native: WebRequest | null;
  #headers: Headers | null = null;
  /** `true` if the content has been read here, so that the runtime's request never saw it. */
  #read = false;

  /**
   * @param request What was received.
   * @param url The absolute URL.
   * @param native The runtime's request, where that has been made.
   */
  constructor(request: Request, url: string, native: WebRequest | null = null) {
    this.#request = request;
    this.#url = url;
    this.#native = native;
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    return this.#headers ??= this.#native?.headers ?? new Headers(fetchFields(this.#request));
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  get ip(): string | undefined {
    return ipOf(this.#request.remoteAddress);
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.#native === null && !hasBody(this.#request) ? null : this[NATIVE]().body;
  }

  get bodyUsed(): boolean {
    return this.#read || (this.#native !== null && this.#native.bodyUsed);
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#readsHere()
      ? handled(this.#request.bytes().then((bytes) => bytes.buffer))
      : handled(this[NATIVE]().arrayBuffer());
  }

  blob(): Promise<Blob> {
    return handled(this.#readsHere() ? blobOf(this.#request, this.headers) : this[NATIVE]().blob());
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#readsHere() ? this.#request.bytes() : handled(this[NATIVE]().bytes());
  }

  formData(): Promise<FormData> {
    return handled(this[NATIVE]().formData());
  }

  text(): Promise<string> {
    return this.#readsHere() ? this.#request.text() : handled(this[NATIVE]().text());
  }

  json(): Promise<unknown> {
    return this.#readsHere() ? this.#request.json() : handled(this[NATIVE]().json());
  }

  clone(): LazyRequest {
    return new LazyRequest(this.#request, this.#url, this[NATIVE]().clone());
  }

  waitUntil(promise: Promise<unknown>): void {
    waitUntil(this.#request, promise);
  }

  /** Checks if the content can be read without the runtime's request, and notes that it is. */
  #readsHere(): boolean {
    if (this.#native !== null || this.#read) return false;
    this.#read = hasBody(this.#request);
    return this.#read || !isFramed(this.#request);
  }

  /** The runtime's request, made if there is none yet. */
  [NATIVE](): WebRequest {
    return this.#native ??= this.#make();
  }

  #make(): WebRequest {
    const init: FetchRequestInit = {
      method: allowedMethod(this.#request),
      headers: this.headers,
      signal: this.signal,
    };
    if (this.#read) {
      init.body = "";
    } else if (hasBody(this.#request)) {
      init.body = this.#request.body;
      init.duplex = "half";
    }
    const native = new NativeRequest(this.#url, init);
    // What has been read here counts as read there.
    if (this.#read) handled(native.text());
    return native;
  }
}

/**
 * Completes the class by the members that the runtime's has. Not done when this module is loaded, because
 * that would load the Fetch API of Node in programs that do not use it.
 */
export function prepareLazyRequests(): void {
  if (NativeRequest !== undefined) return;
  NativeRequest = globalThis.Request;
  const sample = new NativeRequest("http://localhost/");
  delegateMembers(LazyRequest.prototype, NativeRequest.prototype, sample);
}
