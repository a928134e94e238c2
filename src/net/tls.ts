/** A certificate chain and its private key. */
export interface TlsCertificate {
  /** The certificate chain, PEM. */
  readonly cert: string | Uint8Array;
  /** The private key, PEM. */
  readonly key: string | Uint8Array;
  /** The passphrase of an encrypted key. */
  readonly passphrase?: string;
}

/** The certificates of a listener: one by default, and others by the name that the client asks for (SNI). */
export interface TlsCredentials extends TlsCertificate {
  /**
   * Certificates by server name, in lower case: `"example.org"`, or `"*.example.org"` for the names that have
   * one label more. A client that asks for another name, or for none, gets the default one.
   */
  readonly certificates?: Readonly<Record<string, TlsCertificate>>;
}

/** The versions of TLS that can be a minimum. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** How a listener speaks TLS. It is plain data, which can be posted to a thread. */
export interface TlsOptions extends TlsCredentials {
  /** Certificate authorities for the certificates of clients, PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * Asks clients for a certificate.
   *
   * @default {false}
   */
  readonly requestCert?: boolean;
  /**
   * Refuses clients without a certificate that {@linkcode ca} has signed, if {@linkcode requestCert} is set.
   *
   * @default {true}
   */
  readonly rejectUnauthorized?: boolean;
  /**
   * The oldest version that is spoken.
   *
   * @default {"TLSv1.2"}
   */
  readonly minVersion?: TlsVersion;
  /**
   * The protocols that are offered to clients, best first (RFC 7301). A client that offers others alone is
   * refused with alert 120, `no_application_protocol`; one that offers none is not.
   *
   * @default {["http/1.1"]}
   */
  readonly alpnProtocols?: readonly string[];
  /**
   * 48 random bytes that session tickets are encrypted with, for Node. Listeners with the same bytes resume
   * each other's sessions. Deno and Bun take no such keys: there a session is only resumed by the thread that
   * began it.
   */
  readonly ticketKeys?: Uint8Array;
  /**
   * ASCII text that is sent to a client which sends text where a TLS handshake should be, before its
   * connection is closed. Node alone can send it; elsewhere such a connection is closed with a TLS alert.
   */
  readonly plainTextAnswer?: string;
}

/** Offered where nothing else is said. */
export const DEFAULT_ALPN_PROTOCOLS: readonly string[] = ["http/1.1"];

/**
 * `true` if a default certificate and ALPN is all that a listener needs, which every runtime's own sockets
 * have.
 */
export function isPlainTls(tls: TlsOptions): boolean {
  return tls.certificates === undefined && tls.ca === undefined && tls.requestCert !== true &&
    tls.passphrase === undefined && (tls.minVersion ?? "TLSv1.2") === "TLSv1.2";
}

/**
 * The certificate for a server name, by the name itself or a wildcard; `undefined` stands for the default
 * one.
 */
export function findByServerName<T>(byName: ReadonlyMap<string, T>, serverName: string): T | undefined {
  const name = serverName.toLowerCase();
  return byName.get(name) ?? byName.get(name.replace(/^[^.]+/, "*"));
}

/** The error for certificates that are given to a listener without TLS. */
export function notSecure(): TypeError {
  return new TypeError("Cannot replace certificates: the listener does not speak TLS");
}

/** Puts other certificates in the place of those of a listener's options. */
export function withCredentials(tls: TlsOptions, credentials: TlsCredentials): TlsOptions {
  const { cert: _cert, key: _key, passphrase: _passphrase, certificates: _certificates, ...rest } = tls;
  return { ...rest, ...credentials };
}

/** Makes a promise of a call that throws or returns at once. */
export function settled(call: () => void): Promise<void> {
  return new Promise((resolve) => {
    call();
    resolve();
  });
}
