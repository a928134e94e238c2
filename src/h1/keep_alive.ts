import { FIELD_CONNECTION } from "../http/field_name.ts";
import { framingFields, getField, type HeaderMap } from "../http/header_map.ts";

/** The facts that decide whether a connection outlives a response. */
export interface KeepAliveFacts {
  /** Whether the client keeps the connection: its version, and its Connection field. RFC 9112 section 9.3. */
  readonly clientKeeps: boolean;
  /** Whether the handler set `connection: close`. RFC 9112 section 9.6. */
  readonly handlerCloses: boolean;
  /** Whether the server is closing, or the connection has served its last request. */
  readonly isLast: boolean;
  /** Whether the request is CONNECT, after which no HTTP can follow. RFC 9110 section 9.3.6. */
  readonly isConnect: boolean;
  /** Whether the content of the request was malformed, too large, too slow or cut short. */
  readonly requestFailed: boolean;
  /**
   * Whether the client waits for a 100 that it will not get: it may send the content or not, so that nobody can tell where
   * the next request begins. RFC 9110 section 10.1.1.
   */
  readonly awaitsContinue: boolean;
  /** Whether the rest of the content is too much to be read and dropped. RFC 9112 section 9.3. */
  readonly leavesTooMuch: boolean;
  /** Whether the end of the connection is the end of the response. RFC 9112 section 6.3, rule 8. */
  readonly closeDelimited: boolean;
}

/** Decides whether a connection outlives a response. Every rule that closes a connection in order stands here. */
export function keepsConnection(facts: KeepAliveFacts): boolean {
  return facts.clientKeeps && !facts.handlerCloses && !facts.isLast && !facts.isConnect &&
    !facts.requestFailed && !facts.awaitsContinue && !facts.leavesTooMuch && !facts.closeDelimited;
}

/** Whether a handler asked to close the connection. */
export function declaresClose(headers: HeaderMap | null): boolean {
  if (headers === null || (framingFields(headers) & FIELD_CONNECTION) === 0) return false;
  return connectionOptions(headers).includes("close");
}

/** The connection options that a handler set, in lower case, without empty list elements. */
export function connectionOptions(headers: HeaderMap): string[] {
  return (getField(headers, "connection") ?? "").toLowerCase().split(",")
    .map((option) => option.trim()).filter((option) => option !== "");
}
