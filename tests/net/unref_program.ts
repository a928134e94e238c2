// Listens with the options in the first argument, calls the methods in the second, and serves until it may
// end.

import process from "node:process";
import { listen } from "../../src/net/listen.ts";

const listener = await listen({ hostname: "127.0.0.1", port: 0 }, JSON.parse(process.argv[2]!));
const { port } = listener.address as { port: number };
listener.start((socket) => ({
  onData: (chunk) => {
    socket.write(chunk);
    socket.flush();
  },
  onEnd: () => socket.end(),
  onDrain: () => {},
  onClose: () => {},
}), (error) => console.error(error));
for (const method of process.argv[3]!.split(",")) listener[method as "ref" | "unref"]!();
// Long enough for the test to connect.
setTimeout(() => {}, 700);
console.log(JSON.stringify({ port }));
