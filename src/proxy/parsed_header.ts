import type { Address } from "../net/socket.ts";

/** A complete header of the PROXY protocol. */
export interface ProxyHeader {
  /** Bytes that the header takes; what follows is the client's. */
  readonly size: number;
  /**
   * The client that the proxy speaks for. `null` where the proxy speaks for itself (a health check) or does
   * not know: the address of the connection stands.
   */
  readonly source: Address | null;
}

/** State of a header that has not been read to its end, or never will be. */
export type Unfinished = "partial" | "malformed";
