import * as nodeBuffer from "node:buffer";
import * as nodeCrypto from "node:crypto";
import * as nodeTls from "node:tls";
import { LONGEST_DELAY } from "./longest_delay.ts";
import type { NodeServer } from "./node_server.ts";
import {
  DEFAULT_ALPN_PROTOCOLS,
  findByServerName,
  type TlsCertificate,
  type TlsCredentials,
  type TlsOptions,
} from "./tls.ts";

// Declared here, so that nothing depends on the types of Node.

type SecureContext = { readonly context: unknown };
type SelectContext = (error: Error | null, context?: SecureContext) => void;

interface NodeTls {
  createServer(options: Record<string, unknown>): NodeTlsServer;
  createSecureContext(options: Record<string, unknown>): SecureContext;
}

/** The used part of `tls.Server`. */
export interface NodeTlsServer extends NodeServer {
  setSecureContext(options: Record<string, unknown>): void;
}

interface NodeCrypto {
  createPrivateKey(options: Record<string, unknown>): unknown;
  readonly X509Certificate: new (pem: unknown) => { checkPrivateKey(key: unknown): boolean };
}

const crypto = nodeCrypto as unknown as NodeCrypto;

const tls = nodeTls as unknown as NodeTls;

/**
 * `SSL_OP_NO_RENEGOTIATION` of OpenSSL. Node by default allows three renegotiations in ten minutes, and at
 * the next emits an `error` without closing the connection.
 */
const NO_RENEGOTIATION = 1 << 30;

/** A server of `node:tls` whose certificates can be replaced. */
export class TlsServer {
  /** The server, not yet listening. */
  readonly server: NodeTlsServer;
  readonly #options: TlsOptions;
  #contexts: ReadonlyMap<string, SecureContext>;

  /**
   * @param options How to speak TLS.
   * @param serverOptions Further options of the server.
   * @throws {Error} If a certificate or key cannot be used.
   */
  constructor(options: TlsOptions, serverOptions: Record<string, unknown>) {
    this.#options = options;
    this.#contexts = this.#createContexts(options);
    this.server = tls.createServer({
      ...serverOptions,
      ...this.#contextOptions(options),
      // Node throws at Infinity, for each connection. The listener has its own limit.
      handshakeTimeout: LONGEST_DELAY,
      ALPNProtocols: options.alpnProtocols ?? DEFAULT_ALPN_PROTOCOLS,
      requestCert: options.requestCert ?? false,
      rejectUnauthorized: options.rejectUnauthorized ?? true,
      SNICallback: (serverName: string, select: SelectContext) => {
        select(null, findByServerName(this.#contexts, serverName));
      },
    });
  }

  /**
   * Replaces the certificates for the handshakes to come.
   *
   * @throws {Error} If a certificate or key cannot be used. Then nothing has changed.
   */
  setCertificates(credentials: TlsCredentials): void {
    const contexts = this.#createContexts(credentials);
    const options = this.#contextOptions(credentials);
    // Throws where `setSecureContext` would, which then has cleared the context of before.
    tls.createSecureContext(options);
    this.server.setSecureContext(options);
    this.#contexts = contexts;
  }

  #createContexts({ certificates = {} }: TlsCredentials): ReadonlyMap<string, SecureContext> {
    return new Map(
      Object.entries(certificates).map(([name, certificate]) => {
        return [name.toLowerCase(), tls.createSecureContext(this.#contextOptions(certificate))];
      }),
    );
  }

  #contextOptions({ cert, key, passphrase }: TlsCertificate): Record<string, unknown> {
    const { ca, ticketKeys, minVersion = "TLSv1.2" } = this.#options;
    // Deno would only find out in the first handshake.
    if ("Deno" in globalThis) {
      assertKeyFits({ cert, key, ...(passphrase === undefined ? {} : { passphrase }) });
    }
    return {
      cert: toPem(cert),
      key: toPem(key),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(ca === undefined
        ? {}
        : { ca: Array.isArray(ca) ? ca.map(toPem) : toPem(ca as string | Uint8Array) }),
      ...(ticketKeys === undefined ? {} : { ticketKeys: nodeBuffer.Buffer.from(ticketKeys) }),
      minVersion,
      secureOptions: NO_RENEGOTIATION,
    };
  }
}

/** @throws {Error} If the key does not belong to the certificate. */
function assertKeyFits({ cert, key, passphrase }: TlsCertificate): void {
  const privateKey = crypto.createPrivateKey({
    key: toPem(key),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (new crypto.X509Certificate(toPem(cert)).checkPrivateKey(privateKey)) return;
  throw Object.assign(new Error("The key does not belong to the certificate"), {
    code: "ERR_TLS_CREDENTIALS",
  });
}

function toPem(pem: string | Uint8Array): unknown {
  return typeof pem === "string" ? pem : nodeBuffer.Buffer.from(pem);
}
