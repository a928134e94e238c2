import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TlsInfo } from "../../src/http/tls_info.ts";
import type { Runtime } from "../support/runtimes.ts";
import { type IssuedCertificate, TestAuthority } from "./certificates.ts";
import { Client } from "./echo_client.ts";
import { type RegisterTest, suite } from "./echo_suite.ts";
import { OpensslClient } from "./openssl.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };
const TLS = { cert: pem("cert"), key: pem("key") };

const ca = new TestAuthority();

Deno.test.afterAll(() => ca[Symbol.dispose]());

suite(behaviours, ["openssl"]);

/** What TLS does over the listeners of `src/net`, seen by OpenSSL. */
function behaviours(test: RegisterTest, runtime: Runtime): void {
  test("Listener refuses a TLS renegotiation and closes", async (server) => {
    const { address } = await server.listen("tls", LOCAL, { tls: TLS });
    await using client = new OpensslClient(address.port, ["-tls1_2", "-legacy_renegotiation"]);
    await client.type("echo renegotiating");
    await client.type("before");
    await client.until(/^before$/m);
    await client.type("R");
    await client.until(/no renegotiation/);
    const { error } = await server.report({ name: "renegotiating" }, "close");
    assert(error !== undefined, "the connection ended in order");
    await server.control("tls", "close");
  });

  const shares = runtime.name === "bun" ? "not resumed" : "resumed";
  test(`TLS sessions are ${shares} by another listener with the same ticket keys`, async (server) => {
    const tls = { ...TLS, ticketKeys: crypto.getRandomValues(new Uint8Array(48)) };
    const { address } = await server.listen("tickets0", LOCAL, { tls, reusePort: true });
    for (let i = 1; i < 6; i++) await server.listen(`tickets${i}`, address, { tls, reusePort: true });
    const text = await new OpensslClient(address.port, ["-tls1_2", "-reconnect"]).end();
    const [first, ...others] = Array.from(text.matchAll(/^(New|Reused), TLS/mg), ([, how]) => how);
    assertEquals([first, others.length], ["New", 5]);
    // The kernel chooses the listener: for all to be the first one, where only that resumes, is one case in
    // 7776.
    const all = others.every((how) => how === "Reused");
    assertEquals(all, shares === "resumed", others.join(" "));
    for (let i = 0; i < 6; i++) await server.control(`tickets${i}`, "close");
  });

  test("Socket.tls tells the protocols and the server name of a plain listener", async (server) => {
    const { address } = await server.listen("info", LOCAL, { tls: TLS });
    const info = await tlsInfo(address.port, ["-alpn", "h2,http/1.1", "-servername", "localhost"]);
    const isDeno = runtime.name === "deno";
    assertEquals(info, {
      protocol: isDeno ? null : "TLSv1.3",
      serverName: isDeno ? null : "localhost",
      alpnProtocol: "http/1.1",
      peerCertificate: null,
      authorized: false,
    });
    const none = await tlsInfo(address.port, ["-noservername"]);
    assertEquals([none.serverName, none.alpnProtocol], [null, null]);
    await server.control("info", "close");
  });

  test("Listener refuses a TLS client that offers other protocols alone, with alert 120", async (server) => {
    const { address } = await server.listen("alpn", LOCAL, { tls: TLS });
    assertMatch(await attempt(address.port, ["-alpn", "h2"]), /SSL alert number 120/);
    await server.listen("h2", LOCAL, { tls: { ...TLS, alpnProtocols: ["h2", "http/1.1"] } }).then(
      async ({ address }) => {
        assertEquals((await tlsInfo(address.port, ["-alpn", "http/1.1,h2"])).alpnProtocol, "h2");
        assertEquals((await tlsInfo(address.port, ["-alpn", "http/1.1"])).alpnProtocol, "http/1.1");
      },
    );
    await server.control("alpn", "close");
    await server.control("h2", "close");
  });

  test("Listener takes certificates as bytes and by server name, and an encrypted key", async (server) => {
    const [main, a, wild] = await Promise.all(
      ["localhost", "a.test", "*.b.test"].map((name) => ca.issue(name)),
    );
    const passphrase = "open sesame";
    const key = await ca.encryptKey(main!, passphrase);
    const certificates = { "a.test": bytes(a!), "*.b.test": wild! };
    const tls = { cert: new TextEncoder().encode(main!.cert), key, passphrase, certificates };
    const { address, error } = await server.listen("names", LOCAL, { tls });
    assertEquals(error, undefined);
    const cases = [
      ["a.test", "a.test"],
      ["A.TEST", "a.test"],
      ["x.b.test", "*.b.test"],
      ["b.test", "localhost"],
      ["x.y.b.test", "localhost"],
      ["unknown.test", "localhost"],
    ];
    for (const [asked, got] of cases) {
      await using client = new OpensslClient(address.port, ["-servername", asked!]);
      await client.type("tls x");
      await client.until(/^\{.*\}$/m);
      assertEquals(subjectOf(client.text), got, asked);
      assertEquals(infoOf(client.text).serverName?.toLowerCase(), asked!.toLowerCase());
    }
    assertEquals(subjectOf(await attempt(address.port, ["-noservername"])), "localhost");
    await server.control("names", "close");
  });

  test("Listener speaks TLS 1.3 alone for minVersion, and 1.2 by default", async (server) => {
    const { address: old } = await server.listen("tls12", LOCAL, { tls: TLS });
    assertMatch(await attempt(old.port, ["-tls1_2"]), /^New, TLSv1.2/m);
    const weak = await attempt(old.port, ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    assertMatch(weak, /alert number (70|40)/);
    const { address } = await server.listen("tls13", LOCAL, { tls: { ...TLS, minVersion: "TLSv1.3" } });
    assertMatch(await attempt(address.port, ["-tls1_2"]), /alert number 70/);
    assertEquals((await tlsInfo(address.port, ["-tls1_3"])).protocol, "TLSv1.3");
    await server.control("tls12", "close");
    await server.control("tls13", "close");
  });

  test("Listener asks clients for certificates, and refuses those without", async (server) => {
    const [root, client] = await Promise.all([ca.root(), ca.issue("client")]);
    const options = { tls: { ...TLS, ca: root.cert, requestCert: true } };
    const { address } = await server.listen("mutual", LOCAL, options);
    const own = ["-cert", client.certFile, "-key", client.keyFile];
    const { peerCertificate, authorized } = await tlsInfo(address.port, own);
    assertEquals(authorized, true);
    assertEquals(peerCertificate!.subject.CN, "client");
    assertEquals(peerCertificate!.issuer.CN, "Test Authority");
    assertEquals(peerCertificate!.subjectAltName, "DNS:client");
    assert(peerCertificate!.raw as unknown as number > 100);
    assertMatch(peerCertificate!.fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const foreign = new URL("../support/tls/", import.meta.url).pathname;
    const self = ["-cert", `${foreign}cert.pem`, "-key", `${foreign}key.pem`];
    for (const args of [[], self]) {
      // In TLS 1.3 the client learns of it after its handshake.
      await using refused = new OpensslClient(address.port, args);
      await refused.type("tls x").catch(() => {});
      assertEquals((await refused.ended()).includes("{"), false, "a client without a certificate was taken");
    }
    assertEquals(await server.accepted("mutual"), 1);
    await server.control("mutual", "close");

    const lenient = { tls: { ...options.tls, rejectUnauthorized: false } };
    const { address: other } = await server.listen("lenient", LOCAL, lenient);
    const none = await tlsInfo(other.port, []);
    assertEquals([none.peerCertificate, none.authorized], [null, false]);
    const unknown = await tlsInfo(other.port, self);
    assertEquals([unknown.peerCertificate?.subject.CN, unknown.authorized], ["localhost", false]);
    await server.control("lenient", "close");
  });

  for (const way of ["a plain listener", "one with server names", "one that shares its port"]) {
    test(`Listener.setCertificates() replaces the certificates of ${way}`, async (server) => {
      const [first, second] = await Promise.all([ca.issue("localhost"), ca.issue("a.test")]);
      const certificates = way.endsWith("names") ? { certificates: { "x.test": first } } : {};
      const options = way.endsWith("port") ? { reusePort: true } : {};
      const { address } = await server.listen("renewed", LOCAL, {
        tls: { ...first, ...certificates },
        ...options,
      });
      await using before = new OpensslClient(address.port, ["-servername", "x.test"]);
      await before.type("echo x");
      await before.type("one");
      await before.until(/^one$/m);
      assertEquals(subjectOf(before.text), "localhost");

      const error = await server.setCertificates("renewed", { cert: second.cert, key: first.key });
      assertEquals(error?.code, "ERR_TLS_CREDENTIALS");
      assertEquals(subjectOf(await attempt(address.port, [])), "localhost");

      assertEquals(await server.setCertificates("renewed", second), undefined);
      assertEquals(subjectOf(await attempt(address.port, ["-servername", "x.test"])), "a.test");
      await before.type("two");
      await before.until(/^two$/m);
      assertEquals(await server.setCertificates("renewed", first), undefined);
      assertEquals(subjectOf(await attempt(address.port, [])), "localhost");
      await server.control("renewed", "close");
    });
  }

  test("Listener ends the oldest of too many TLS handshakes, and serves new clients", async (server) => {
    const { address } = await server.listen("scan", LOCAL, { tls: TLS });
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < 1030; i++) conns.push(await Deno.connect(address));
    // Deno's own sockets give handshakes up without ending them.
    if (runtime.name !== "deno") {
      const ends = conns.slice(0, 6).map((conn) => conn.read(new Uint8Array(1)).catch(() => null));
      const late = new Promise((resolve) => setTimeout(() => resolve("not ended"), 3000));
      assertEquals(await Promise.race([Promise.all(ends), late]), Array(6).fill(null));
    }
    assertEquals((await tlsInfo(address.port, ["-alpn", "http/1.1"])).alpnProtocol, "http/1.1");
    for (const conn of conns) conn.close();
    await server.control("scan", "close");
  });

  const answers = runtime.name.startsWith("node");
  const does = answers ? "answers" : "closes";
  test(`Listener ${does} a client that sends text to a TLS port`, async (server) => {
    const answer = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
    const tls = { ...TLS, plainTextAnswer: answer };
    const { address } = await server.listen("text", LOCAL, { tls, handshakeTimeout: 1000 });
    for (const sent of ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "\r\nGET /", "G"]) {
      using conn = await Deno.connect(address);
      await conn.write(new TextEncoder().encode(sent));
      const text = await new Client(conn, "").text().catch(() => "");
      if (answers) assertEquals(text, answer);
      else assert(!text.includes("HTTP"), text);
    }
    assertEquals((await tlsInfo(address.port, ["-alpn", "http/1.1"])).alpnProtocol, "http/1.1");
    await using client = new OpensslClient(address.port, []);
    await client.type("echo text");
    await client.type("still here");
    await client.until(/^still here$/m);
    await server.control("text", "close");
  });

  test("SocketHandler is never re-entered, nor called after onClose", async (server) => {
    assertEquals(await server.violations(), { violations: [], acceptErrors: [] });
    assertEquals(server.stderr, []);
  });
}

/** What `Socket.tls` of the server says of a connection of OpenSSL. */
async function tlsInfo(port: number, args: readonly string[]): Promise<TlsInfo> {
  await using client = new OpensslClient(port, args);
  await client.type("tls x");
  await client.until(/^\{.*\}$/m);
  return infoOf(client.text);
}

function infoOf(text: string): TlsInfo {
  return JSON.parse(/^\{.*\}$/m.exec(text)![0]) as TlsInfo;
}

/** Lets OpenSSL connect and end at once; what it wrote. */
async function attempt(port: number, args: readonly string[]): Promise<string> {
  return await new OpensslClient(port, args).end();
}

/** The common name in the certificate that OpenSSL got. */
function subjectOf(text: string): string | undefined {
  return /^subject=.*CN ?= ?(\S+)$/m.exec(text)?.[1];
}

/** A certificate as bytes. */
function bytes({ cert, key }: IssuedCertificate) {
  return { cert: new TextEncoder().encode(cert), key: new TextEncoder().encode(key) };
}

function pem(name: string): string {
  return Deno.readTextFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
}
