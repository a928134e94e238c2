import type { TlsCertificate, TlsCredentials, TlsOptions } from "./tls.ts";

/** The options of TLS that a program can give. */
export const TLS_OPTION_NAMES: readonly (keyof TlsOptions)[] = [
  "cert",
  "key",
  "passphrase",
  "certificates",
  "ca",
  "requestCert",
  "rejectUnauthorized",
  "minVersion",
  "alpnProtocols",
];

/**
 * Checks the options of TLS among those of a server.
 *
 * @param options What the program gave, other options included.
 * @returns Those of TLS, copied.
 * @throws {TypeError | RangeError} If one is missing or wrong; it is named.
 */
export function checkTlsOptions(options: TlsOptions): TlsOptions {
  const { ca, requestCert, rejectUnauthorized, minVersion, alpnProtocols } = options;
  for (const [name, value] of Object.entries({ requestCert, rejectUnauthorized })) {
    if (value !== undefined && typeof value !== "boolean") fail(name, "it is not true or false");
  }
  if (ca !== undefined && !(Array.isArray(ca) ? ca.length > 0 && ca.every(isPem) : isPem(ca))) {
    fail("ca", "it is not a PEM string or its bytes, nor a list of them");
  }
  if (requestCert === true && rejectUnauthorized !== false && ca === undefined) {
    fail("requestCert", "without ca no client could be authorized");
  }
  if (minVersion !== undefined && minVersion !== "TLSv1.2" && minVersion !== "TLSv1.3") {
    throw new RangeError(`Cannot use option minVersion: ${minVersion} is not TLSv1.2 or TLSv1.3`);
  }
  if (alpnProtocols !== undefined && !areProtocols(alpnProtocols)) {
    fail("alpnProtocols", "it is not a list of names of 1 to 255 ASCII characters");
  }
  return {
    ...checkTlsCredentials(options),
    ...(ca === undefined ? {} : { ca }),
    ...(requestCert === undefined ? {} : { requestCert }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols: [...alpnProtocols] }),
  };
}

/**
 * Checks certificates and keys.
 *
 * @param options What the program gave, other options included.
 * @returns The certificates and keys, copied.
 * @throws {TypeError} If one is missing or wrong; it is named.
 */
export function checkTlsCredentials(options: TlsCredentials): TlsCredentials {
  const { certificates } = options;
  if (certificates === undefined) return checkCertificate(options, "");
  if (typeof certificates !== "object" || certificates === null) {
    fail("certificates", "it is not an object of certificates by server name");
  }
  const checked = Object.entries(certificates).map(([name, certificate]) => {
    if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) {
      fail("certificates", `"${name}" is not a server name in lower case`);
    }
    return [name, checkCertificate(certificate, `certificates["${name}"].`)];
  });
  return { ...checkCertificate(options, ""), certificates: Object.fromEntries(checked) };
}

function checkCertificate(certificate: TlsCertificate, prefix: string): TlsCertificate {
  const { cert, key, passphrase } = certificate ?? {};
  // Node would listen with none.
  for (const [name, pem] of Object.entries({ cert, key })) {
    if (!isPem(pem)) fail(`${prefix}${name}`, "it is not a PEM string or its bytes");
  }
  if (passphrase !== undefined && typeof passphrase !== "string") {
    fail(`${prefix}passphrase`, "it is not a string");
  }
  return { cert: cert!, key: key!, ...(passphrase === undefined ? {} : { passphrase }) };
}

function isPem(pem: unknown): boolean {
  return (typeof pem === "string" || pem instanceof Uint8Array) && pem.length > 0;
}

function areProtocols(names: readonly unknown[]): boolean {
  return Array.isArray(names) && names.length > 0 &&
    names.every((name) => typeof name === "string" && /^[\x21-\x7e]{1,255}$/.test(name));
}

function fail(option: string, reason: string): never {
  throw new TypeError(`Cannot use option ${option}: ${reason}`);
}
