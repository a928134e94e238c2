/**
 * A single-file program with two servers whose addresses are the same as they are given: both ask for a free
 * port.
 */
import { type Listening, Server } from "../../mod.ts";
import { ask } from "./small_client.ts";

function serve(text: string): Promise<Listening> {
  return Server.http("127.0.0.1:0").handle((_req, res) => res.send(text), {
    module: import.meta.url,
    threads: 2,
  });
}

async function answerOf({ address }: Listening): Promise<string> {
  return await ask((address as { port: number }).port, "/");
}

const first = await serve("first");
const second = await serve("second");
console.log(JSON.stringify([await answerOf(first), await answerOf(second)]));
await first.close();
await second.close();
