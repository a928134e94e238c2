import { type Fresh, type Request, type Response, Server } from "../../mod.ts";

const ROUNDS = 2000;
const PIPELINED = 10;

const collect = (globalThis as unknown as { readonly gc: () => void }).gc;

/** What no server keeps one of. */
class Passing {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

function lookAt(passing: Passing): number {
  return passing.value;
}

/** As an `async` function, it is compiled by itself rather than as a part of what calls it. */
// deno-lint-ignore require-await
async function answer(_req: Request, res: Response<Fresh>): Promise<void> {
  sum += lookAt(new Passing(1));
  res.headers.set("content-type", "text/plain");
  res.send("Hello, World!");
}

let sum = 0;
const listening = await Server.http("127.0.0.1:0").handle(answer);
const { port } = listening.address as { port: number };
const client = await Deno.connect({ port });
const requests = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(PIPELINED));
const buffer = new Uint8Array(65536);
const decoder = new TextDecoder();
let answers = 0;
for (let round = 1; round <= ROUNDS; round++) {
  await client.write(requests);
  while (answers < round * PIPELINED) {
    const count = (await client.read(buffer))!;
    answers += decoder.decode(buffer.subarray(0, count)).split("!").length - 1;
  }
}
client.close();
while (listening.stats().threads[0]!.openConnections > 0) await new Promise((wake) => setTimeout(wake, 5));

console.log(`quiet after ${answers} answers, ${sum}`);
for (let i = 0; i < 10; i++) {
  collect();
  await new Promise((wake) => setTimeout(wake, 5));
}
await listening.close();
