/**
 * The server under attack, with the default limits. It prints its port, and stops when its standard input
 * ends.
 */
import process from "node:process";
import { Server } from "../../mod.ts";

const KIBIBYTE = "x".repeat(1024);

const listening = await Server.http("127.0.0.1:0", { onError: () => {} }).handle((req, res) => {
  switch (req.uri.path) {
    case "/kibibyte":
      return res.send(KIBIBYTE);
    case "/collect":
      return req.bytes().then((bytes) => res.send(`${bytes.length}`));
    case "/stream":
      return count(req.body).then((size) => res.send(`${size}`));
    case "/wait":
      return new Promise<void>((resolve) => req.signal.addEventListener("abort", () => resolve()));
    default:
      return res.send("ok");
  }
});
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

async function count(body: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of body) size += chunk.length;
  return size;
}

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 100 });
  process.exit(0);
});
