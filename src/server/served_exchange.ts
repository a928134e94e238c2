import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { UpgradedConnection } from "../http/response.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import type { Content } from "./content_receiver.ts";
import type { Output } from "./output.ts";
import type { Service } from "./service.ts";

/** What an exchange needs of the connection that it takes place on. */
export interface ExchangeOwner {
  /** What the connections of this thread share. */
  readonly service: Service;
  /** Where the response goes. */
  readonly output: Output;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Whether the connection may serve another request after this one. */
  readonly mayPersist: boolean;
  /** The handler asks for the content: sends a 100, unless some of it has arrived, be it only framing. */
  sendContinue(): void;
  /** Content may be read from the socket. */
  readContent(): void;
  /** The exchange is over. */
  exchangeDone(keepAlive: boolean): void;
  /**
   * Gives up the connection at once.
   *
   * @param reset Whether the client must not take it for an orderly end.
   */
  cut(reset: boolean): void;
  /** Hands the connection over as raw streams. */
  detach(): UpgradedConnection;
}

/** Who has a connection's socket once HTTP is done with it. */
export interface Successor extends SocketHandler {
  /** Looks for a deadline that has passed; without this there is none. */
  checkDeadlines?(now: number): void;
}

/**
 * Makes the new owner of a connection's socket.
 *
 * @param early What the client has sent behind its request.
 * @param ended Whether the client has closed its half.
 */
export type TakeSocket = (socket: Socket, early: Uint8Array, ended: boolean) => SocketHandler;

/** A connection of this thread, which can also be handed over as raw bytes. */
export interface LocalOwner extends ExchangeOwner {
  /** Hands the connection over as raw bytes. */
  detachTo(take: TakeSocket): void;
  /** Closes this half once everything is written, and leaves it to the client, for a while, to close the other. */
  closeSoon(): void;
}

/** One request and its response, as the connection sees it that brings the one and takes the other. */
export interface ServedExchange {
  /** The content of the request; `null` where there is none. */
  readonly content: Content | null;
  /** Whether some of the response has been sent, and the end of the connection would be taken for the end of it. */
  readonly endsWithConnection: boolean;
  /** Hands the request off. */
  run(): void;
  /** Content has arrived: perhaps all of it, perhaps more than is worth dropping. */
  contentReceived(): void;
  /** The content cannot be completed. */
  requestFailed(error: HttpError): void;
  /** The client has closed its half and may be gone for good. */
  clientMayBeGone(): void;
  /** The connection is gone. */
  connectionClosed(error: ConnectionClosedError): void;
}

/** Begins an exchange: with a handler on this thread, or with one on another. */
export type BeginExchange = (
  owner: LocalOwner,
  head: RequestHead,
  decoder: BodyDecoder | null,
) => ServedExchange;
