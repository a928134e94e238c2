/** The server of the vectors. Its argument is JSON: the options of `Server.http`. */
import process from "node:process";
import { Server, type ServerOptions } from "../../mod.ts";
import { handler } from "./handler.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as ServerOptions;
const unexpected = (error: unknown) => {
  const name = error instanceof Error ? error.name : "";
  // Errors that the client caused also reach the handler, which rejects with them.
  if (name !== "HttpError" && name !== "ConnectionClosedError") console.error(error);
};
const listening = await Server.http("127.0.0.1:0", { ...options, onError: unexpected }).handle(handler);
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
