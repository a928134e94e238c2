import type { SeenRequest } from "./handler.ts";
import {
  assertRejection,
  assertResponse,
  type ParsedResponse,
  parseResponses,
  valuesOf,
} from "./strict_client.ts";
import { bytesOf, type Case, type LoadedVector, type ResolvedSeen } from "./vectors.ts";

/** The output of the server on one connection. */
export interface Transcript {
  /** All bytes that the server sent, one character for each. */
  readonly received: string;
  /** `closed` is the server's orderly end (FIN); `reset` and `timeout` are errors. */
  readonly end: "closed" | "reset" | "timeout";
}

/**
 * Creates the request that follows each vector. It asks for the close, so that every run ends with the
 * server's end of the connection.
 */
function sentinel(id: number): Uint8Array {
  return bytesOf(`GET /sentinel/${id} HTTP/1.1\r\nHost: sentinel\r\nConnection: close\r\n\r\n`);
}

/** Builds all bytes of a case: the input, and the sentinel unless the client then closes its half. */
export function bytesToSend(vector: LoadedVector, one: Case): Uint8Array {
  if (vector.halfClose) return one.input;
  const last = sentinel(one.id);
  const bytes = new Uint8Array(one.input.length + last.length);
  bytes.set(one.input);
  bytes.set(last, one.input.length);
  return bytes;
}

/** Checks whether the sentinel must not reach the handler, regardless of the responses. */
export function forbidsSentinel(vector: LoadedVector, one: Case): boolean {
  return vector.halfClose || (one.expect.close !== false && one.expect.close !== "any");
}

/**
 * Compares a transcript with the expectation of a case.
 *
 * @returns The final responses.
 * @throws {Error} With the first difference.
 */
export function judge(vector: LoadedVector, one: Case, transcript: Transcript): ParsedResponse[] {
  const { expect } = one;
  const { received, end } = transcript;
  const isRejected = expect.statuses.length > 0;
  if (end !== "closed") {
    throw new Error(
      `The connection was not closed in order but ended with a ${end}, after ${quote(received)}`,
    );
  }
  const methods = expect.requests.map((seen) => seen.method);
  if (isRejected) methods.push(expect.method);
  const responses = parseResponses(received, methods);
  for (const response of responses) assertResponse(response);
  const finals = responses.filter((response) => response.status >= 200);
  assertInterim(responses.slice(0, responses.length - finals.length), responses, expect.mayContinue);

  const answered = expect.requests.length + (isRejected ? 1 : 0);
  const last = finals[answered - 1];
  const saysClose = last !== undefined && valuesOf(last, "connection")[0] === "close";
  const staysOpen = !vector.halfClose &&
    (expect.close === false || (expect.close === "any" && !saysClose));
  const expected = answered + (staysOpen ? 1 : 0);
  if (finals.length !== expected) {
    throw new Error(`Expected ${expected} responses, got ${finals.length}: ${quote(received)}`);
  }
  expect.requests.forEach((seen, index) => assertSeen(seen, finals[index]!));
  for (const response of finals.slice(0, answered - 1)) {
    if (valuesOf(response, "connection")[0] === "close") throw new Error("An early response says close");
  }
  if (isRejected) {
    if (!expect.statuses.includes(last!.status)) {
      throw new Error(`Expected status ${expect.statuses.join(" or ")}, got ${quote(last!.raw)}`);
    }
    if (!staysOpen) assertRejection(last!, expect.reason);
  } else if (!vector.halfClose && expect.close !== "unannounced" && answered > 0) {
    if (saysClose === staysOpen) throw new Error(`Expected close: ${!staysOpen}, got ${quote(last!.raw)}`);
  }
  if (staysOpen) assertSentinel(one.id, finals[answered]!);
  return finals;
}

/**
 * Builds the part of the responses that must not depend on the split of the input: the final responses
 * without the date.
 */
export function comparable(vector: LoadedVector, one: Case, finals: readonly ParsedResponse[]): string {
  const text = finals.map((response) => response.raw.replace(/^date: .*\r\n/im, "")).join("");
  // The server may detect the client's half-close before or after it responds, which is a race.
  return vector.halfClose || one.expect.close === "unannounced"
    ? text.replace(/^connection: .*\r\n/gim, "")
    : text;
}

function assertInterim(
  interim: readonly ParsedResponse[],
  responses: readonly ParsedResponse[],
  mayContinue: boolean,
): void {
  if (interim.length === 0) return;
  if (!mayContinue || interim.length > 1 || responses[0]!.status !== 100) {
    throw new Error(`Interim responses that nobody asked for: ${quote(interim[0]!.raw)}`);
  }
}

function assertSeen(expected: ResolvedSeen, response: ParsedResponse): void {
  if (response.status !== expected.status) {
    throw new Error(`Expected status ${expected.status}, got ${quote(response.raw)}`);
  }
  const json = expected.method === "HEAD" ? valuesOf(response, "x-seen")[0] ?? "null" : response.body;
  const seen = JSON.parse(json) as SeenRequest & Record<string, unknown>;
  for (const [name, value] of Object.entries(expected)) {
    if (name === "status") continue;
    if (expected.target === "/unread" && (name === "body" || name === "trailers")) continue;
    if (JSON.stringify(seen[name]) !== JSON.stringify(value)) {
      throw new Error(`Expected ${name} ${quote(value)}, the handler saw ${quote(seen[name])}`);
    }
  }
  const persistent = valuesOf(response, "connection")[0];
  if (expected.version === "1.0" && persistent === undefined) {
    throw new Error("A response to HTTP/1.0 says neither keep-alive nor close");
  }
}

function assertSentinel(id: number, response: ParsedResponse): void {
  const seen = response.status === 200 ? JSON.parse(response.body) as SeenRequest : null;
  if (seen?.target !== `/sentinel/${id}`) {
    throw new Error(`Expected the answer to the sentinel, got ${quote(response.raw)}`);
  }
  if (valuesOf(response, "connection")[0] !== "close") {
    throw new Error("The sentinel's answer does not say close");
  }
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}
