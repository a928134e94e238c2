/**
 * A server for TLS, and beside it one that replaces its certificates. The argument is JSON: {@linkcode
 * TlsProgramOptions}. It stops when standard input ends; with `unref`, at once.
 */
import process from "node:process";
import { type AcceptOption, Server, type TlsOptions } from "../../mod.ts";

/** How to start it. */
export interface TlsProgramOptions {
  readonly accept?: AcceptOption;
  readonly threads: number;
  /** Options of TLS; `null` for a server without. */
  readonly tls: TlsOptions | null;
  /** `true` if the server does not keep the process. */
  readonly unref?: boolean;
}

const { accept, threads, tls, unref = false } = JSON.parse(process.argv[2] ?? "") as TlsProgramOptions;
const server = tls === null ? Server.http("127.0.0.1:0") : Server.https("127.0.0.1:0", tls);
const listening = await server.handle(new URL("./tls_handler.ts", import.meta.url), {
  threads,
  ...(accept === undefined ? {} : { accept }),
});
const { port } = listening;

if (unref) {
  listening.unref();
  listening.ref();
  listening.unref();
  console.log(JSON.stringify({ port }));
} else {
  const control = await Server.http("127.0.0.1:0").handle(async (req, res) => {
    const error = await listening.setCertificates(await req.json() as TlsOptions).then(() => "", String);
    await res.send(error);
  });
  console.error(`control ${control.port}`);
  console.log(JSON.stringify({ port }));
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await Promise.all([listening.close({ deadline: 1000 }), control.close({ deadline: 1000 })]);
  });
}
