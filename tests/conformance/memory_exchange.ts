import type { MemoryNetwork } from "../../src/net/memory.ts";
import type { Transcript } from "./judge.ts";
import { textOf } from "./vectors.ts";

/** Everything in memory happens in microtasks; after this many in a row the server has nothing left to do. */
const QUIET = 24;

/** After so few it has taken a piece, but a handler that was called may be in the midst of its work. */
const TAKEN = 2;

/** From so many pieces on they do not wait for the handler. */
const MANY = 4;

/** How many times it is looked whether the connection is over, before it counts as hanging. */
const PATIENCE = 400;

/** From then on the timers get a turn in between. */
const IMPATIENCE = 300;

/**
 * What {@linkcode socketExchange} does, in memory. Few pieces arrive each when all that the ones before it caused is done;
 * many arrive one behind the other, so that a handler is in the midst of its work.
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
