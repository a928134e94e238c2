import type { AcceptOption } from "../../mod.ts";
import type { Runtime } from "../../tests/support/runtimes.ts";
import { resetsInRequest, resetsInResponse } from "./client_faults.ts";
import { FaultServer, within } from "./fault_server.ts";
import {
  loops,
  neverSettles,
  rejects,
  rejectsAfterSending,
  throws,
  writesAfterEnd,
  writesAfterSettling,
} from "./handler_faults.ts";
import { clockJumps, closes, descriptors, stopped } from "./machine_faults.ts";

/** A fault of handlers or clients: brings it about on a server that runs. Resolves with what was done. */
export type SharedFault = (server: FaultServer) => Promise<string>;

/** Faults that a server on one thread or many goes through one after the other. */
export const SHARED_FAULTS: Readonly<Record<string, SharedFault>> = {
  "handler throws": throws,
  "handler rejects": rejects,
  "handler rejects after sending": rejectsAfterSending,
  "handler writes after the end": writesAfterEnd,
  "handler writes after it has settled": writesAfterSettling,
  "handler never settles": neverSettles,
  "handler loops": loops,
  "clients reset at every byte of a request": resetsInRequest,
  "clients reset at every byte of a response": resetsInResponse,
};

/** Milliseconds of standstill: a short form, and longer than a minute. */
const STANDSTILL = { short: 1500, long: 70_000 };

/** Faults that need a server of their own, on one thread. */
export function ownFaults(
  length: "short" | "long",
): Readonly<Record<string, (runtime: Runtime) => Promise<string>>> {
  return {
    "descriptors are exhausted": descriptors,
    "clocks jump": clockJumps,
    "the process is stopped": (runtime) => stopped(runtime, STANDSTILL[length]),
    "it closes while handlers never settle": closes,
  };
}

/** Milliseconds that a fault may take. */
const FAULT_TIME = 60_000;

/** What a fault came to. */
export interface FaultResult {
  readonly fault: string;
  readonly ok: boolean;
  readonly text: string;
}

/**
 * Brings faults about on one server, and sees after each that it has recovered; stops the server in the end.
 */
export async function* sharedFaults(
  runtime: Runtime,
  threads: number,
  accept: AcceptOption | undefined,
  names: readonly string[] = Object.keys(SHARED_FAULTS),
): AsyncGenerator<FaultResult> {
  await using server = await FaultServer.start(runtime, {
    threads,
    ...(accept === undefined ? {} : { accept }),
  });
  for (const fault of names) {
    try {
      const text = await within("the fault is over", SHARED_FAULTS[fault]!(server), FAULT_TIME);
      const took = await server.assertRecovered();
      yield { fault, ok: true, text: `${text}; no connection open after ${took.toFixed(0)} ms` };
    } catch (error) {
      yield { fault, ok: false, text: String(error) };
      return;
    }
  }
  const fault = "server ends";
  try {
    yield { fault, ok: true, text: `after ${(await server.stop()).toFixed(0)} ms` };
  } catch (error) {
    yield { fault, ok: false, text: String(error) };
  }
}
