import type { ConnectionOutput, ProtocolConnection } from "../exchange/protocol.ts";
import { UNREAD_LIMIT } from "../exchange/request_content.ts";
import type { ResponseTransport } from "../exchange/transport.ts";
import type { TakeConnection } from "../exchange/upgraded_socket.ts";
import type { HttpError } from "../http/errors.ts";
import { fieldsAreAscii, type HeaderMap } from "../http/header_map.ts";
import { encodeLatin1 } from "../http/latin1.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import { END_OF_CHUNK, lastChunk } from "./chunked_encoder.ts";
import type { Http1 } from "./http1.ts";
import { declaresClose, type KeepAliveFacts, keepsConnection } from "./keep_alive.ts";
import { ReceivedHead } from "./received_head.ts";
import {
  type BodyFraming,
  bodyFraming,
  CONTENT_LENGTH,
  END_OF_HEAD,
  END_OF_LENGTH,
  hasLength,
  headEnd,
  writtenFields,
} from "./response_framing.ts";
import { connectionLine, interimHead, refusal } from "./response_head.ts";
import { upgradeFields } from "./upgrade_head.ts";

/** The reading side of a connection, which begins exchanges and goes on after them. */
export interface RequestSide {
  /** `true` if no content of the request has arrived. */
  readonly contentIsMissing: boolean;
  /** `true` if the connection is to serve no request after this one. */
  readonly isLast: boolean;
  /** Number of the request on the connection. */
  readonly requestNumber: number;
  /** Content may be read, or dropped. */
  readContent(): void;
  /** The exchange is over: `consumed` bytes of its content were read. */
  exchangeDone(consumed: number): void;
  /** The exchange gave the connection up. */
  aborted(): void;
  /** The connection leaves HTTP. */
  upgraded(take: TakeConnection): void;
}

/** No request yet. */
const NO_HEAD = new ReceivedHead();

/**
 * The transport of the exchanges of one connection, one after the other: writes responses, and decides how
 * each is framed and whether the connection outlives it.
 */
export class Http1Transport implements ResponseTransport, KeepAliveFacts {
  readonly #http1: Http1;
  readonly #connection: ProtocolConnection;
  readonly #output: ConnectionOutput;
  readonly #requestSide: RequestSide;
  #head: ReceivedHead = NO_HEAD;
  /** `true` if the client waits to be asked for its content, and nobody has asked. */
  awaitsContinue = false;
  /** `true` if the handler set `connection: close`. */
  handlerCloses = false;
  #contentWanted = false;
  /** `true` if the final response has begun. */
  #responding = false;
  #framing: BodyFraming = "length";
  /** `true` if the connection stays open after this response. */
  keepAlive = false;
  /** `true` if the content of the request cannot be completed. */
  requestFailed = false;
  /** `true` if content is being sent whose end is that of the connection. */
  endsWithConnection = false;

  /**
   * @param http1 Shared by the connections of this thread.
   * @param connection Has the output.
   * @param requestSide The reading side.
   */
  constructor(http1: Http1, connection: ProtocolConnection, requestSide: RequestSide) {
    this.#http1 = http1;
    this.#connection = connection;
    this.#output = connection.output;
    this.#requestSide = requestSide;
  }

  /** Readies everything for the response to a request. */
  begin(head: ReceivedHead): void {
    this.#head = head;
    this.awaitsContinue = head.expectsContinue && head.hasContent;
    this.#contentWanted = false;
    this.#responding = false;
    this.keepAlive = false;
    this.requestFailed = false;
  }

  get remoteAddress(): RemoteAddress {
    return this.#connection.remoteAddress;
  }

  get secure(): boolean {
    return this.#connection.secure;
  }

  get tls(): TlsInfo | null {
    return this.#connection.tls;
  }

  get connectionNumber(): number {
    return this.#connection.number;
  }

  get requestNumber(): number {
    return this.#requestSide.requestNumber;
  }

  interim(status: number, headers: HeaderMap): void {
    if (this.#head.minorVersion === 0) return;
    if (status === 100) this.awaitsContinue = false;
    this.#write(interimHead(status, headers), headers);
    this.#output.schedule();
  }

  whole(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    body: string | Uint8Array | null,
  ): void {
    this.#writeHead(status, reason, headers, size, "length");
    if (body !== null) this.#output.add(body);
  }

  head(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    hasContent: boolean,
  ): void {
    const hasKnownEnd = !hasContent || size >= 0 || hasLength(headers);
    const framing = bodyFraming(this.#head.minorVersion, hasKnownEnd);
    this.#writeHead(status, reason, headers, size, framing);
    this.endsWithConnection = framing === "close";
    this.#output.schedule();
  }

  /** Writes the head of the response, and decides what becomes of the connection. */
  #writeHead(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    framing: BodyFraming,
  ): void {
    const { minorVersion } = this.#head;
    this.#framing = framing;
    this.#responding = true;
    this.handlerCloses = headers !== null && declaresClose(headers);
    this.keepAlive = keepsConnection(this);
    const end = headEnd(minorVersion, headers, size);
    const fields = writtenFields(headers);
    const { headEncoder } = this.#http1;
    const connection = connectionLine(minorVersion, this.keepAlive);
    const start = headEncoder.encode(status, reason, fields, this.#connection.clock.date, connection, end);
    if (end !== CONTENT_LENGTH) return this.#write(start, fields, reason);
    const whole = headEncoder.withLength(start, size);
    this.#write(whole, fields, reason);
    if (whole !== start) return;
    this.#output.add(`${size}`);
    this.#output.add(END_OF_LENGTH);
  }

  // The facts that decide whether the connection outlives the response.

  get clientKeeps(): boolean {
    return this.#head.keepAlive;
  }

  get isLast(): boolean {
    return this.#requestSide.isLast;
  }

  get isConnect(): boolean {
    return this.#head.method === "CONNECT";
  }

  get leavesTooMuch(): boolean {
    return this.#head.contentLength > UNREAD_LIMIT && !this.#contentWanted;
  }

  get closeDelimited(): boolean {
    return this.#framing === "close";
  }

  content(data: string | Uint8Array): void {
    const output = this.#output;
    if (this.#framing === "chunked") {
      output.add(this.#http1.chunkedEncoder.sizeLine(data.length));
      output.add(data);
      output.add(END_OF_CHUNK);
    } else {
      output.add(data);
    }
    output.schedule();
  }

  end(trailers: HeaderMap | null): void {
    if (this.#framing === "chunked") this.#write(lastChunk(trailers), trailers);
  }

  schedule(): void {
    this.#output.schedule();
  }

  ready(): Promise<void> {
    return this.#output.ready();
  }

  skip(size: number): Promise<void> {
    return this.#output.skip(size);
  }

  refuse(error: HttpError): void {
    this.#responding = true;
    this.keepAlive = false;
    const { date } = this.#connection.clock;
    this.#write(refusal(error.status, error.message, date, this.#head.method !== "HEAD"), null);
  }

  abort(): void {
    this.keepAlive = false;
    this.#requestSide.aborted();
  }

  upgrade(headers: HeaderMap, take: TakeConnection): void {
    const fields = upgradeFields(this.#head, headers);
    const text = this.#head.method === "CONNECT"
      ? this.#http1.headEncoder.encode(200, null, fields, this.#connection.clock.date, "", END_OF_HEAD)
      : interimHead(101, fields);
    this.#write(text, fields);
    this.#requestSide.upgraded(take);
  }

  wantContent(): void {
    this.#contentWanted = true;
    if (this.awaitsContinue && !this.#responding) {
      this.awaitsContinue = false;
      // A client that has begun to send need not be asked.
      if (this.#requestSide.contentIsMissing) {
        this.#write(interimHead(100, null), null);
        this.#output.schedule();
      }
    }
    this.#requestSide.readContent();
  }

  dropContent(): void {
    this.#requestSide.readContent();
  }

  done(consumed: number): void {
    this.endsWithConnection = false;
    this.#requestSide.exchangeDone(consumed);
  }

  /** Queues a head or the like, whose fields and reason phrase may hold Latin-1. */
  #write(text: string, fields: HeaderMap | null, reason: string | null = null): void {
    const isAscii = reason === null && (fields === null || fieldsAreAscii(fields));
    this.#output.add(isAscii ? text : encodeLatin1(text));
  }
}
