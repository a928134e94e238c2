import { FIELD_CONNECTION } from "../http/field_name.ts";
import { framingFields, getField, type HeaderMap } from "../http/header_map.ts";

/** The facts that decide whether a connection outlives a response. */
export interface KeepAliveFacts {
  /**
   * `true` if the client keeps the connection, according to its version and its Connection field. RFC 9112
   * section 9.3.
   */
  readonly clientKeeps: boolean;
  /** `true` if the handler set `connection: close`. RFC 9112 section 9.6. */
  readonly handlerCloses: boolean;
  /** `true` if the server is closing, or the connection has served its last request. */
  readonly isLast: boolean;
  /** `true` for CONNECT, after which no HTTP can follow. RFC 9110 section 9.3.6. */
  readonly isConnect: boolean;
  /** `true` if the content of the request was malformed, too large, too slow or incomplete. */
  readonly requestFailed: boolean;
  /**
   * `true` if the client waits for a 100 that will not be sent. The client may or may not send the content,
   * so the start of the next request is unknown. RFC 9110 section 10.1.1.
   */
  readonly awaitsContinue: boolean;
  /** `true` if the rest of the content is too large to read and drop. RFC 9112 section 9.3. */
  readonly leavesTooMuch: boolean;
  /** `true` if the end of the connection is the end of the response. RFC 9112 section 6.3, rule 8. */
  readonly closeDelimited: boolean;
}

/**
 * Decides whether a connection outlives a response. Every rule that closes a connection in order is in this
 * function.
 */
export function keepsConnection(facts: KeepAliveFacts): boolean {
  return facts.clientKeeps && !facts.handlerCloses && !facts.isLast && !facts.isConnect &&
    !facts.requestFailed && !facts.awaitsContinue && !facts.leavesTooMuch && !facts.closeDelimited;
}

/** Checks whether a handler asked to close the connection. */
export function declaresClose(headers: HeaderMap | null): boolean {
  if (headers === null || (framingFields(headers) & FIELD_CONNECTION) === 0) return false;
  return connectionOptions(headers).includes("close");
}

/** Lists the connection options that a handler set, in lower case and without empty list elements. */
export function connectionOptions(headers: HeaderMap): string[] {
  return (getField(headers, "connection") ?? "").toLowerCase().split(",")
    .map((option) => option.trim()).filter((option) => option !== "");
}
