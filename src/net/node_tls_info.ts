import type { PeerCertificate, TlsInfo } from "../http/tls_info.ts";

/** The used part of `tls.TLSSocket`; `node:tls` is not imported, which takes a thread 8 ms. */
interface NodeTlsConn {
  readonly servername?: string | false | null;
  readonly alpnProtocol?: string | false | null;
  readonly authorized?: boolean;
  getProtocol(): string | null;
  getPeerCertificate(): NodeCertificate | null | undefined;
}

interface NodeCertificate {
  readonly raw?: Uint8Array;
  readonly subject?: Readonly<Record<string, string | string[]>>;
  readonly issuer?: Readonly<Record<string, string | string[]>>;
  readonly subjectaltname?: string;
  readonly serialNumber?: string;
  readonly fingerprint256?: string;
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/** Reads what was agreed upon in the handshake of a `tls.TLSSocket`. */
export function nodeTlsInfo(conn: object): TlsInfo {
  const { servername, alpnProtocol, authorized } = conn as NodeTlsConn;
  const peerCertificate = peerCertificateOf(conn as NodeTlsConn);
  return {
    protocol: (conn as NodeTlsConn).getProtocol() || null,
    serverName: servername || null,
    alpnProtocol: alpnProtocol || null,
    peerCertificate,
    authorized: peerCertificate !== null && authorized === true,
  };
}

function peerCertificateOf(conn: NodeTlsConn): PeerCertificate | null {
  const certificate = conn.getPeerCertificate();
  if (certificate?.raw === undefined) return null;
  return {
    raw: new Uint8Array(certificate.raw),
    subject: { ...certificate.subject },
    issuer: { ...certificate.issuer },
    subjectAltName: certificate.subjectaltname ?? null,
    serialNumber: certificate.serialNumber ?? "",
    fingerprint256: certificate.fingerprint256 ?? "",
    validFrom: certificate.valid_from ?? "",
    validTo: certificate.valid_to ?? "",
  };
}
