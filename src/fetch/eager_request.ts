import { handled } from "../http/handled.ts";
import { type Request, waitUntil } from "../http/request.ts";
import { allowedMethod, blobOf, fetchFields, type FetchRequestInit, hasBody } from "./request_init.ts";
import { ipOf, type ServedRequest } from "./served_request.ts";

type WebRequest = globalThis.Request;

/** The state of an eager request, which its clones have too. */
interface State {
  readonly request: Request;
  /**
   * `true` if the content can be read without the runtime's request, because nobody has asked that for it.
   */
  isHere: boolean;
  /** `true` if it has been read so. */
  wasRead: boolean;
}

const STATE = Symbol("state");

/**
 * Makes requests of the runtime's own class. They are for runtimes whose `fetch` and `new Request` take no
 * other, as long as those have not been replaced.
 *
 * The client's signal is not part of what the runtime knows, because that costs Node more than the rest of
 * the exchange. So `fetch(request)` and `new Request(request)` do not follow it.
 *
 * @returns A function that makes a request of a received one and its absolute URL.
 */
export function eagerRequests(): (request: Request, url: string) => ServedRequest {
  class EagerRequest extends globalThis.Request {
    readonly [STATE]: State;

    constructor(request: Request, url: string) {
      const init: FetchRequestInit = { method: allowedMethod(request), headers: fetchFields(request) };
      const hasContent = hasBody(request);
      if (hasContent) {
        init.body = request.body;
        init.duplex = "half";
      }
      super(url, init);
      this[STATE] = { request, isHere: hasContent, wasRead: false };
    }

    override get method(): string {
      return this[STATE].request.method;
    }

    override get signal(): AbortSignal {
      return this[STATE].request.signal;
    }

    get ip(): string | undefined {
      return ipOf(this[STATE].request.remoteAddress);
    }

    override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
      this[STATE].isHere = false;
      return super.body;
    }

    override get bodyUsed(): boolean {
      return this[STATE].wasRead || super.bodyUsed;
    }

    override arrayBuffer(): Promise<ArrayBuffer> {
      const request = readHere(this[STATE]);
      return handled(request === null ? super.arrayBuffer() : request.bytes().then((bytes) => bytes.buffer));
    }

    override blob(): Promise<Blob> {
      const request = readHere(this[STATE]);
      return handled(request === null ? super.blob() : blobOf(request, this.headers));
    }

    override bytes(): Promise<Uint8Array<ArrayBuffer>> {
      const request = readHere(this[STATE]);
      return handled(request === null ? super.bytes() : request.bytes());
    }

    override formData(): Promise<FormData> {
      this[STATE].isHere = false;
      return handled(super.formData());
    }

    override text(): Promise<string> {
      const request = readHere(this[STATE]);
      return handled(request === null ? super.text() : request.text());
    }

    override json(): Promise<unknown> {
      const request = readHere(this[STATE]);
      return handled(request === null ? super.json() : request.json());
    }

    override clone(): WebRequest {
      const state = this[STATE];
      state.isHere = false;
      const copy = Object.assign(super.clone(), { [STATE]: { ...state } });
      return Object.setPrototypeOf(copy, EagerRequest.prototype);
    }

    waitUntil(promise: Promise<unknown>): void {
      waitUntil(this[STATE].request, promise);
    }
  }
  // With the inherited one `request.constructor` is the global class.
  Reflect.deleteProperty(EagerRequest.prototype, "constructor");
  return (request, url) => new EagerRequest(request, url);
}

/** The received request, to be read in place of the runtime's; `null` if that is to be read. */
function readHere(state: State): Request | null {
  if (!state.isHere) return null;
  state.isHere = false;
  state.wasRead = true;
  return state.request;
}
