/**
 * A single-file program that comes to its server's `handle` call behind the module's end, and on the way
 * there depends on what came of earlier calls: the port of one, and the failure of another. It prints what
 * the first thread makes of them, and what another answers.
 */
import { ListenError, type Listening, Server } from "../../mod.ts";
import { ask } from "./small_client.ts";

function describe({ address, threads, accept }: Listening): string {
  return JSON.stringify({ address, threads, accept });
}

async function main(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const first = await Server.http("127.0.0.1:0").handle((_req, res) => res.send("first"));
  const { port } = first.address as { port: number };
  const server = Server.http(`127.0.0.1:${port}`);
  let seen = describe(first);
  const serve = () =>
    server.handle((_req, res) => res.send(seen), { module: import.meta.url, threads: 2, accept: "dispatch" });
  try {
    await serve();
  } catch (error) {
    const { name, message, code, address } = error as ListenError;
    seen += JSON.stringify({ is: error instanceof ListenError, name, message, code, address });
  }
  await first.close();
  const again = await serve();
  console.log(seen);
  console.log(await ask(port, "/"));
  await again.close();
}

main();
