/** A client's certificate, as far as the runtime decodes it. */
export interface PeerCertificate {
  /** The certificate, DER. */
  readonly raw: Uint8Array;
  /** The parts of the subject by their short names, such as `CN`. */
  readonly subject: Readonly<Record<string, string | string[]>>;
  /** The parts of the issuer. */
  readonly issuer: Readonly<Record<string, string | string[]>>;
  /** The subject's other names, such as `DNS:example.org, IP Address:192.0.2.1`; `null` if there are none. */
  readonly subjectAltName: string | null;
  /** Serial number in hexadecimal digits. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate in hexadecimal digits with colons. */
  readonly fingerprint256: string;
  /** Begin of the validity, such as `Jan  1 00:00:00 2026 GMT`. */
  readonly validFrom: string;
  /** End of the validity. */
  readonly validTo: string;
}

/**
 * Result of a TLS handshake. It is plain data. A part that the runtime does not tell is `null`.
 */
export interface TlsInfo {
  /** The version, such as `TLSv1.3`. `Deno.listenTls` does not tell. */
  readonly protocol: string | null;
  /** The name that the client asked for; `null` if for none. `Deno.listenTls` does not tell. */
  readonly serverName: string | null;
  /** The protocol agreed upon by ALPN; `null` if the client offered none. */
  readonly alpnProtocol: string | null;
  /** The client's certificate; `null` if it sent none, or was not asked. */
  readonly peerCertificate: PeerCertificate | null;
  /** `true` if that certificate was signed by one of the authorities, and is valid. */
  readonly authorized: boolean;
}
