/**
 * Starts a server at an address that others want as well: the arguments are the way and the port. It prints
 * whether it listens, and ends when its standard input does.
 */
import process from "node:process";
import { Server } from "../../mod.ts";
import { moduleUrl } from "./check.ts";
import type { Way } from "./ways.ts";

const [, , accept, port] = process.argv;
try {
  const address = { hostname: "127.0.0.1", port: Number(port) };
  const listening = await Server.http(address).handle(moduleUrl("function.ts"), {
    threads: 2,
    accept: accept as Way,
  });
  console.log("listens");
  process.stdin.resume();
  process.stdin.on("end", () => listening.close());
} catch (error) {
  console.log((error as { code?: string }).code ?? String(error));
}
