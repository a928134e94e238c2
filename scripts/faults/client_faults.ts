import { assert } from "@std/assert";
import { head } from "../../tests/behaviour/raw_client.ts";
import type { FaultServer } from "./fault_server.ts";
import { resetRequest, resetResponse } from "./resets.ts";

/** Connections at a time. */
const PARALLEL = 64;

/** Milliseconds in which the server reads the part of a request before the reset. */
const DELAY = 60;

/** Bytes of content that arrive one by one, in chunks. */
const DRIPS = 20;

const REQUEST = head("POST /echo", "Transfer-Encoding: chunked", "TE: trailers") +
  "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n";

async function inParallel(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** Clients that reset after each number of bytes of a request, read by the server or not. */
export async function resetsInRequest(server: FaultServer): Promise<string> {
  for (const delay of [0, DELAY]) {
    await inParallel(REQUEST.length + 1, (size) => resetRequest(server.port, REQUEST.slice(0, size), delay));
  }
  return `${2 * (REQUEST.length + 1)} connections reset`;
}

/** Clients that reset after each number of bytes of a response that is sent bit by bit. */
export async function resetsInResponse(server: FaultServer): Promise<string> {
  const request = head(`GET /drips?${DRIPS}`, "Connection: close");
  const size = await resetResponse(server.port, request, Infinity);
  assert(size > 100, `The response has ${size} bytes`);
  await inParallel(size, (bytes) => resetResponse(server.port, request, bytes));
  return `${size} connections reset`;
}
