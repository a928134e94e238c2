import { chunk, head, LAST_CHUNK, RawClient } from "../../tests/behaviour/raw_client.ts";
import { resetRequest, resetResponse } from "../faults/resets.ts";
import { checksum, PIECE, START, streamPiece } from "./content.ts";

/** What one kind of clients has done. */
export interface Tally {
  /** Requests and messages that were answered as they should be, and connections that were reset. */
  done: number;
  /** What was wrong. */
  readonly wrong: string[];
}

/** One client: works until it is told to stop, and counts each thing that it has done. */
export type Client = (port: number, stop: AbortSignal, done: () => void) => Promise<void>;

/** Kinds of clients, and the number of each. */
export const WORKLOADS: Readonly<Record<string, { readonly clients: number; readonly run: Client }>> = {
  "keep-alive": { clients: 6, run: keepAlive },
  churn: { clients: 3, run: churn },
  pipelining: { clients: 2, run: pipelining },
  uploads: { clients: 2, run: uploads },
  downloads: { clients: 2, run: downloads },
  slow: { clients: 8, run: slow },
  aborts: { clients: 3, run: aborts },
  refused: { clients: 1, run: refused },
  websockets: { clients: 4, run: webSockets },
};

/** Requests on one connection, or messages on one WebSocket, before the client opens another. */
const PER_CONNECTION = 200;

/** Requests that are sent at once. */
const DEPTH = 16;

const MAX_UPLOAD = 300_000;
const MAX_PIECES = 64;
const MAX_MESSAGE = 20_000;

let lastId = 0;

function nextId(): string {
  return `${++lastId}`;
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${actual} in place of ${expected}`);
}

async function expectId(client: RawClient, id: string): Promise<void> {
  const { status, text } = await client.readResponse();
  expect("GET /id", `${status} ${text}`, `200 ${id}`);
}

async function keepAlive(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    for (let i = 0; i < PER_CONNECTION && !stop.aborted; i++) {
      const id = nextId();
      await client.send(head(`GET /id?${id}`));
      await expectId(client, id);
      done();
    }
  }
}

async function churn(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    const id = nextId();
    await client.send(head(`GET /id?${id}`, "Connection: close"));
    await expectId(client, id);
    expect("The end", await client.readToEnd(), "");
    done();
  }
}

async function pipelining(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    for (let i = 0; i < PER_CONNECTION / DEPTH && !stop.aborted; i++) {
      const ids = Array.from({ length: DEPTH }, nextId);
      await client.send(ids.map((id) => head(`GET /id?${id}`)).join(""));
      for (const id of ids) {
        await expectId(client, id);
        done();
      }
    }
  }
}

async function uploads(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    for (let i = 0; i < 20 && !stop.aborted; i++) {
      const content = new Uint8Array(random(MAX_UPLOAD)).map((_, at) => at + i);
      if (i % 2 === 0) {
        await client.send(head("POST /sum", `Content-Length: ${content.length}`));
        await client.send(content);
      } else {
        await sendChunked(client, content);
      }
      const { status, text } = await client.readResponse();
      expect("POST /sum", `${status} ${text}`, `200 ${content.length} ${checksum(START, content)}`);
      done();
    }
  }
}

async function sendChunked(client: RawClient, content: Uint8Array): Promise<void> {
  await client.send(head("POST /sum", "Transfer-Encoding: chunked"));
  for (let at = 0; at < content.length;) {
    const piece = content.subarray(at, at += 1 + random(50_000));
    await client.send(`${piece.length.toString(16)}\r\n`);
    await client.send(piece);
    await client.send("\r\n");
  }
  await client.send(LAST_CHUNK);
}

async function downloads(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    for (let i = 0; i < 20 && !stop.aborted; i++) {
      const pieces = random(MAX_PIECES);
      await client.send(head(`GET /stream?${pieces}`));
      const { body } = await client.readResponse();
      expect("Bytes of GET /stream", body.length, pieces * PIECE);
      let sum = START;
      for (let piece = 0; piece < pieces; piece++) sum = checksum(sum, streamPiece(piece));
      expect("The checksum of GET /stream", checksum(START, body), sum);
      done();
    }
  }
}

/** Sends a request a few bytes at a time, and takes the response a piece at a time. */
async function slow(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    const id = nextId();
    const request = head("POST /sum", "Transfer-Encoding: chunked") + chunk(id) + LAST_CHUNK;
    for (let at = 0; at < request.length && !stop.aborted; at += 3) {
      await client.send(request.slice(at, at + 3));
      await pause(10);
    }
    if (stop.aborted) return;
    const bytes = new TextEncoder().encode(id);
    expect("POST /sum", (await client.readResponse()).text, `${bytes.length} ${checksum(START, bytes)}`);
    const pieces = 16;
    await client.send(head(`GET /stream?${pieces}`, "Connection: close"));
    let size = 0;
    for (let part = await client.read(PIECE); part !== null; part = await client.read(PIECE)) {
      size += part.length;
      await pause(5);
    }
    if (size < pieces * PIECE) throw new Error(`GET /stream ended after ${size} bytes`);
    done();
  }
}

/** Resets connections at random bytes of requests and responses. */
async function aborts(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  const upload = head("POST /sum", "Content-Length: 5000") + "x".repeat(4000);
  const download = head(`GET /stream?${MAX_PIECES}`);
  while (!stop.aborted) {
    await resetRequest(port, upload.slice(0, random(upload.length)), random(5));
    await resetResponse(port, download, random(MAX_PIECES * PIECE));
    done();
    await pause(5);
  }
}

/** Sends what is no request. */
async function refused(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    using client = await RawClient.connect(port);
    await client.send("GET /id HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n");
    expect("A malformed request", (await client.readResponse()).status, 400);
    expect("The end", await client.readToEnd(), "");
    done();
    await pause(10);
  }
}

async function webSockets(port: number, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
    socket.binaryType = "arraybuffer";
    const failed = new Promise<never>((_, reject) => {
      socket.onerror = () => reject(new Error("A WebSocket failed"));
    });
    failed.catch(() => {});
    await Promise.race([failed, new Promise((resolve) => socket.onopen = resolve)]);
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    for (let i = 0; i < PER_CONNECTION && !stop.aborted; i++) {
      const sent = i % 2 === 0
        ? `${nextId()}${"é".repeat(random(MAX_MESSAGE))}`
        : new Uint8Array(random(MAX_MESSAGE)).fill(i);
      const message = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
      socket.send(sent);
      const { data } = await Promise.race([failed, message]);
      if (typeof sent === "string") expect("A text message", data, sent);
      else expect("A binary message", checksum(START, new Uint8Array(data)), checksum(START, sent));
      done();
    }
    socket.close(1000);
    expect("The code of a close", (await closed).code, 1000);
  }
}

/** Runs all workloads for a time; what each has done. */
export async function runWorkloads(port: number, milliseconds: number): Promise<Record<string, Tally>> {
  const stop = AbortSignal.timeout(milliseconds);
  const tallies: Record<string, Tally> = {};
  const running = Object.entries(WORKLOADS).flatMap(([name, { clients, run }]) => {
    const tally: Tally = tallies[name] = { done: 0, wrong: [] };
    return Array.from({ length: clients }, async () => {
      while (!stop.aborted) {
        try {
          await run(port, stop, () => void tally.done++);
        } catch (error) {
          tally.wrong.push(String(error));
          // The server may be gone: its end is told in another place.
          await pause(500);
        }
      }
    });
  });
  await Promise.all(running);
  return tallies;
}
