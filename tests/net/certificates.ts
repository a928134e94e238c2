import type { TlsCertificate } from "../../src/net/tls.ts";

/** A certificate, and where its files lie for OpenSSL. */
export interface IssuedCertificate extends TlsCertificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority in a temporary folder. */
export class TestAuthority implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "handoff-ca" });
  readonly #issued = new Map<string, Promise<IssuedCertificate>>();
  #root: Promise<IssuedCertificate> | undefined;

  /** Its own certificate. */
  root(): Promise<IssuedCertificate> {
    return this.#root ??= this.#create("authority", [
      ...[
        "req",
        "-x509",
        "-days",
        "30",
        "-subj",
        "/CN=Test Authority",
        "-out",
        `${this.#folder}/authority.pem`,
      ],
      ...NEW_KEY,
      ...["-keyout", `${this.#folder}/authority.key`],
    ]);
  }

  /** A certificate for a name; the same one each time. */
  issue(name: string): Promise<IssuedCertificate> {
    let issued = this.#issued.get(name);
    if (issued === undefined) this.#issued.set(name, issued = this.#issue(name));
    return issued;
  }

  /** The key of a certificate, encrypted with a passphrase. */
  async encryptKey({ keyFile }: IssuedCertificate, passphrase: string): Promise<string> {
    const out = `${keyFile}.encrypted`;
    await openssl(["pkcs8", "-topk8", "-in", keyFile, "-passout", `pass:${passphrase}`, "-out", out]);
    return await Deno.readTextFile(out);
  }

  async #issue(name: string): Promise<IssuedCertificate> {
    const root = await this.root();
    return await this.#create(name, [
      ...[
        "req",
        "-x509",
        "-days",
        "30",
        "-subj",
        `/CN=${name}`,
        "-CA",
        root.certFile,
        "-CAkey",
        root.keyFile,
      ],
      ...["-addext", `subjectAltName=DNS:${name}`, "-addext", "basicConstraints=critical,CA:FALSE"],
      ...NEW_KEY,
      ...["-keyout", `${this.#folder}/${name}.key`, "-out", `${this.#folder}/${name}.pem`],
    ]);
  }

  async #create(name: string, args: readonly string[]): Promise<IssuedCertificate> {
    await openssl(args);
    const certFile = `${this.#folder}/${name}.pem`;
    const keyFile = `${this.#folder}/${name}.key`;
    const cert = await Deno.readTextFile(certFile);
    return { cert, key: await Deno.readTextFile(keyFile), certFile, keyFile };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

const NEW_KEY = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] as const;

async function openssl(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args: [...args] }).output();
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
