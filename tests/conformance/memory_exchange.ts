import type { MemoryNetwork } from "../../src/net/memory.ts";
import type { Transcript } from "./judge.ts";
import { textOf } from "./vectors.ts";

/** Number of consecutive microtasks after which the server in memory has nothing left to do. */
const QUIET = 24;

/**
 * Number of microtasks after which the server has received a piece; a handler that was called may still be
 * running.
 */
const TAKEN = 2;

/** Number of pieces from which on they do not wait for the handler. */
const MANY = 4;

/** Number of checks for the end of the connection before it counts as hanging. */
const PATIENCE = 400;

/** Number of checks after which timers also get a turn. */
const IMPATIENCE = 300;

/**
 * Does the work of {@linkcode socketExchange} in memory. Few pieces arrive one by one, each when the server
 * has processed those before it. Many pieces arrive in sequence, so that a handler is still running.
 */
export async function memoryExchange(
  network: MemoryNetwork,
  pieces: readonly Uint8Array[],
  halfClose: boolean,
): Promise<Transcript> {
  const client = network.connect();
  for (const piece of pieces) {
    client.send(piece);
    await quiet(pieces.length < MANY ? QUIET : TAKEN);
  }
  if (halfClose) client.end();
  await quiet(QUIET);
  const over = () => client.ended || client.closed;
  for (let turn = 0; turn < PATIENCE && !over(); turn++) {
    await quiet(QUIET);
    if (turn > IMPATIENCE) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const received = textOf(client.received);
  if (!over()) {
    client.reset();
    return { received, end: "timeout" };
  }
  const end = client.ended ? "closed" : "reset";
  if (!halfClose) client.end();
  await quiet(QUIET);
  return { received, end };
}

async function quiet(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await null;
}
