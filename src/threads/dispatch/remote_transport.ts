import type { RequestEvents } from "../../exchange/request_events.ts";
import type { ResponseTransport } from "../../exchange/transport.ts";
import type { TakeConnection, UpgradedHandler } from "../../exchange/upgraded_socket.ts";
import { ConnectionClosedError, HttpError } from "../../http/errors.ts";
import { HeaderMap, headerMapFromText } from "../../http/header_map.ts";
import type { RemoteAddress } from "../../http/request.ts";
import type { TlsInfo } from "../../http/tls_info.ts";
import { collectInTime } from "../../net/collection.ts";
import { WAS_CUT } from "../../server/end_reasons.ts";
import type { Statistics } from "../../server/statistics.ts";
import { type PostedError, receiveError } from "../pool/posted_error.ts";
import type { Channel } from "./channel.ts";
import { toFieldsFlags, toFieldsText } from "./fields_record.ts";
import {
  ABORT,
  ACKNOWLEDGE,
  CLIENT_ENDED,
  CLOSED,
  CONTENT,
  DATA,
  DATA_END,
  DONE,
  DROP,
  END,
  FAIL,
  HEAD,
  INTERIM,
  MAYBE_GONE,
  REFUSE,
  SCHEDULE,
  TAKEN,
  UPGRADE,
  WANT,
  WHOLE,
} from "./messages.ts";
import { RemoteSocket } from "./remote_socket.ts";
import type { PostedRequest } from "./request_record.ts";
import { SendWindow } from "./send_window.ts";

const NO_BYTES = new Uint8Array(0);

/** The thread that handles a request whose connection another thread has. */
export interface RemoteHost {
  /** The messages to the thread that has the connection. */
  readonly channel: Channel;
  /** `true` if connections are encrypted. */
  readonly secure: boolean;
  /** Counts messages of upgraded connections. */
  readonly statistics: Statistics;
  /** Removes an exchange that is over. */
  remove(id: number): void;
}

/** The transport of one exchange whose connection another thread has: what the exchange asks is posted. */
export class RemoteTransport implements ResponseTransport {
  readonly #host: RemoteHost;
  readonly #id: number;
  readonly #window: SendWindow = new SendWindow();
  #exchange: RequestEvents | null = null;
  readonly remoteAddress: RemoteAddress;
  readonly tls: TlsInfo | null;
  readonly connectionNumber: number;
  readonly requestNumber: number;
  /** Bytes of content that have arrived, and of those the bytes that have not been acknowledged. */
  #received = 0;
  #taken = 0;
  /** The byte of the content that the handler waits for, as the other thread was told. */
  #awaitedAt = -1;
  #wanted = false;
  #contentEnded = false;
  #socket: RemoteSocket | null = null;
  #upgraded: UpgradedHandler | null = null;

  /**
   * @param host This thread.
   * @param id The number of the exchange.
   * @param request The request that was posted.
   */
  constructor(host: RemoteHost, id: number, request: PostedRequest) {
    this.#host = host;
    this.#id = id;
    this.remoteAddress = request.remoteAddress;
    this.tls = request.tls;
    this.connectionNumber = request.connectionNumber;
    this.requestNumber = request.requestNumber;
  }

  /** The program that has the connection after an upgrade. */
  get upgraded(): UpgradedHandler | null {
    return this.#upgraded;
  }

  get secure(): boolean {
    return this.#host.secure;
  }

  /** Sets the exchange that is carried. */
  begin(exchange: RequestEvents): void {
    this.#exchange = exchange;
  }

  /** Calls the handler. */
  run(): void {
    this.#exchange!.run();
  }

  // The other thread's side.

  /** Takes a message, whose operands begin at `at`. */
  message(operation: number, operands: readonly unknown[], at: number): void {
    const exchange = this.#exchange!;
    const first = operands[at];
    if (operation === DATA) this.#data(new Uint8Array(first as ArrayBuffer));
    else if (operation === DATA_END) {
      this.#contentEnded = true;
      exchange.contentEnded(() => first === null ? new HeaderMap() : headerMapFromText(first as string));
    } else if (operation === TAKEN) this.#clientTook(first as number);
    else if (operation === FAIL) {
      exchange.requestFailed(new HttpError(first as number, operands[at + 1] as string));
    } else if (operation === MAYBE_GONE) exchange.clientMayBeGone();
    else if (operation === CLIENT_ENDED) this.#upgraded?.onEnd();
    else if (operation === CLOSED) {
      const cause = operands[at + 1] as PostedError | null;
      this.#closed(first as string, cause === null ? undefined : { cause: receiveError(cause) });
    }
  }

  #data(bytes: Uint8Array): void {
    collectInTime(bytes.length);
    if (this.#upgraded !== null) {
      this.#upgraded.onData(bytes);
      return this.#socket!.passedOn(bytes.length);
    }
    this.#received += bytes.length;
    this.#taken += bytes.length;
    this.#exchange!.contentArrived(bytes, true);
    this.#acknowledge();
  }

  #clientTook(bytes: number): void {
    if (this.#socket === null) this.#window.acknowledged(bytes);
    else if (this.#socket.acknowledged(bytes)) this.#upgraded?.onDrain();
  }

  #closed(message: string, options?: ErrorOptions): void {
    const error = new ConnectionClosedError(message, options);
    this.#host.remove(this.#id);
    this.#window.close(error);
    if (this.#socket !== null) this.#socket.closed(error);
    if (this.#upgraded !== null) this.#upgraded.onClose(error);
    else this.#exchange!.transportClosed(error);
  }

  // The exchange's side.

  interim(status: number, headers: HeaderMap): void {
    this.#send(INTERIM, status, toFieldsText(headers), toFieldsFlags(headers));
  }

  whole(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    body: string | Uint8Array | null,
  ): void {
    const data = body instanceof Uint8Array ? this.#transferred(body) : body;
    this.#send(WHOLE, status, reason, toFieldsText(headers), toFieldsFlags(headers), size, data);
  }

  head(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    hasContent: boolean,
  ): void {
    this.#send(HEAD, status, reason, toFieldsText(headers), toFieldsFlags(headers), size, hasContent);
  }

  content(data: string | Uint8Array): void {
    this.#window.spend(data.length);
    this.#send(CONTENT, typeof data === "string" ? data : this.#transferred(data));
  }

  end(trailers: HeaderMap | null): void {
    this.#send(END, toFieldsText(trailers), toFieldsFlags(trailers));
  }

  schedule(): void {
    this.#send(SCHEDULE);
  }

  ready(): Promise<void> {
    return this.#window.ready();
  }

  skip(size: number): Promise<void> {
    return this.#window.skip(size);
  }

  refuse(error: HttpError): void {
    this.#send(REFUSE, error.status, error.message);
  }

  abort(): void {
    if (this.#socket !== null) return this.#socket.destroy();
    this.#send(ABORT);
    queueMicrotask(() => this.#closed(WAS_CUT));
  }

  upgrade(headers: HeaderMap, take: TakeConnection): void {
    this.#send(UPGRADE, toFieldsText(headers), toFieldsFlags(headers));
    const closed = () => this.#closed(WAS_CUT);
    this.#socket = new RemoteSocket(this.#host, this.#id, this.remoteAddress, closed);
    this.#upgraded = take(this.#socket, NO_BYTES, false);
  }

  wantContent(): void {
    const isFirst = !this.#wanted;
    this.#wanted = true;
    this.#acknowledge(isFirst);
  }

  dropContent(): void {
    this.#send(DROP);
    this.#acknowledge();
  }

  done(consumed: number): void {
    this.#host.remove(this.#id);
    this.#send(DONE, consumed);
  }

  /**
   * Lets more content come, once enough has been taken to be worth a message; and tells each time that the
   * handler begins to wait, because from then on the client has to send in time.
   */
  #acknowledge(always = false): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const awaitedAt = exchange.awaitsContent ? this.#received : -1;
    const begins = awaitedAt !== -1 && awaitedAt !== this.#awaitedAt;
    const isWorthIt = exchange.acceptsContent && !this.#contentEnded &&
      (begins || this.#taken >= ACKNOWLEDGE);
    if (!always && !isWorthIt) return;
    this.#awaitedAt = awaitedAt;
    this.#send(WANT, this.#taken, awaitedAt);
    this.#taken = 0;
  }

  #send(operation: number, ...operands: readonly unknown[]): void {
    this.#host.channel.send(operation, this.#id, ...operands);
  }

  /** A copy, which is handed over: the bytes stay the program's. */
  #transferred(bytes: Uint8Array): ArrayBuffer {
    collectInTime(bytes.length);
    return this.#host.channel.transfer(new Uint8Array(bytes).buffer);
  }
}
