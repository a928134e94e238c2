/**
 * Serves with subscribers on the diagnostics channels, and without, and prints as JSON what they were told.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { Server } from "../../mod.ts";
import type { ErrorMessage, ExchangeMessage } from "../../src/observe.ts";

const CHANNELS = ["handoff.request.start", "handoff.response.end", "handoff.error"] as const;

const told: unknown[] = [];
const started: unknown[] = [];
const inError: unknown[] = [];
const stores = new AsyncLocalStorage<string>();

function note(message: unknown, name: string | symbol): void {
  if (name === "handoff.error") {
    const { error, request } = message as ErrorMessage;
    told.push([name, (error as Error).message, request?.target ?? null]);
    return;
  }
  const { request, secure, localPort, record } = message as ExchangeMessage;
  if (name === "handoff.request.start") started.push(message);
  const known = started.includes(message);
  const isPort = localPort === listening.port;
  told.push([
    name,
    request?.target ?? null,
    secure,
    isPort,
    record?.status ?? null,
    record?.aborted ?? null,
    known,
  ]);
}

const server = Server.http("127.0.0.1:0", { onError: () => void inError.push(stores.getStore() ?? null) });
const listening = await server.handle(async (req, res) => {
  const before = stores.getStore() ?? null;
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (req.uri.path === "/fails") throw new Error("It fails");
  await res.send(JSON.stringify([before, stores.getStore() ?? null]));
});

async function ask(path: string): Promise<unknown> {
  const response = await fetch(new URL(path, listening.url));
  const text = await response.text();
  return text === "" ? response.status : JSON.parse(text);
}

function sendNonsense(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(listening.port, "127.0.0.1");
    socket.on("close", () => resolve());
    socket.on("data", () => socket.end());
    socket.write("nonsense\r\n\r\n");
  });
}

const answers: unknown[] = [await ask("/unwatched")];
for (const name of CHANNELS) subscribe(name, note);
channel(CHANNELS[0]).bindStore(
  stores,
  (message) => `store of ${(message as ExchangeMessage).request?.target}`,
);
answers.push(await ask("/watched"), await ask("/fails"));
await sendNonsense();
for (const name of CHANNELS) unsubscribe(name, note);
channel(CHANNELS[0]).unbindStore(stores);
answers.push(await ask("/unwatched"));
await listening.close({ deadline: 1000 });
console.log(JSON.stringify({ answers, told, inError }));
