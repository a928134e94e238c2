import type { Listener } from "../net/listener.ts";
import type { TlsCredentials } from "../net/tls.ts";

/**
 * Replaces the certificates of a listener.
 *
 * @throws {ListenError} If a certificate or key cannot be used.
 * @throws {TypeError} If the listener does not speak TLS, or has no method for that.
 */
export async function replaceCertificates(listener: Listener, credentials: TlsCredentials): Promise<void> {
  if (typeof listener.setCertificates !== "function") {
    throw new TypeError("Cannot replace certificates: the listener has no method setCertificates");
  }
  await listener.setCertificates(credentials);
}
