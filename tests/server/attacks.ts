import { Attacker } from "./attack_client.ts";

/** Intensity of the attacks. */
export interface Force {
  /** Number of connections that are open at once; a tenth if each sends much. */
  readonly connections: number;
  /** Milliseconds between two bytes of a head. */
  readonly byteEvery: number;
  /** Number of bytes of a head that each of those connections sends. */
  readonly bytes: number;
  /** Number of pipelined requests. */
  readonly pipeline: number;
  /** Number of bytes of endless data, unless the server ends the connection. */
  readonly endless: number;
  /** Number of chunks of one byte. */
  readonly chunks: number;
  /** Number of lines of a trailer section. */
  readonly trailers: number;
}

/** An attack on a server. */
export interface Attack {
  readonly name: string;
  /** Memory in bytes that the attack may cost: the limits, and uncollected garbage. */
  bound(force: Force): number;
  /**
   * Runs the attack. Returns the result in a few words; throws if the server does not respond as required.
   */
  run(port: number, force: Force): Promise<string>;
}

const MIB = 1024 * 1024;

/** Garbage and growth of buffers under any load, in bytes. */
const ROOM = 48 * MIB;

/** Number of bytes that an attacker may send after a refusal before the server stops reading. */
const LINGER_LIMIT = 16 * MIB;

const HEAD = "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/** All attacks. */
export const ATTACKS: readonly Attack[] = [
  {
    name: "connections that send a byte of a head at a time",
    bound: ({ connections }) => ROOM + connections * 32 * 1024,
    async run(port, { connections, byteEvery, bytes }) {
      const attackers = await connectMany(port, connections);
      const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(bytes)}`;
      for (let at = 0; at < bytes; at++) {
        const started = performance.now();
        const sent = await Promise.all(attackers.map((attacker) => attacker.send(head[at]!)));
        if (sent.includes(false)) throw new Error("A connection was closed early");
        await sleep(Math.max(0, byteEvery - (performance.now() - started)));
      }
      closeAll(attackers);
      return `${connections} connections, ${bytes} bytes each`;
    },
  },
  {
    name: "a pipeline of a client that does not read",
    bound: () => ROOM,
    async run(port, { pipeline }) {
      using attacker = await Attacker.connect(port);
      const sending = attacker.send("GET /kibibyte HTTP/1.1\r\nHost: a\r\n\r\n".repeat(pipeline));
      const stuckAt = await untilStuck(attacker);
      const answers = await attacker.count("HTTP/1.1 200 OK\r\n", pipeline);
      if (!await sending || answers !== pipeline) {
        throw new Error(`${answers} answers to ${pipeline} requests`);
      }
      return `held back at ${stuckAt} bytes; ${answers} answers once it reads`;
    },
  },
  {
    name: "chunk extensions without end",
    bound: () => ROOM,
    run: (port, force) =>
      untilRefused(port, `${HEAD}1`, `;${"a".repeat(1000)}=${"b".repeat(1000)}`, force, 413),
  },
  {
    name: "leading zeros of a chunk size without end",
    bound: () => ROOM,
    run: (port, force) => untilRefused(port, HEAD, "0".repeat(2000), force, 413),
  },
  {
    name: "a head without end",
    bound: () => ROOM,
    run: (port, force) =>
      untilRefused(port, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "x".repeat(2000), force, 431),
  },
  {
    name: "header fields without end",
    bound: () => ROOM,
    run: (port, force) =>
      untilRefused(port, "GET / HTTP/1.1\r\nHost: a\r\n", "a:\r\n".repeat(500), force, 431),
  },
  {
    name: "a request target without end",
    bound: () => ROOM,
    run: (port, force) => untilRefused(port, "GET /", "x".repeat(2000), force, 414),
  },
  {
    name: "empty lines without end",
    bound: () => ROOM,
    run: (port, force) => untilRefused(port, "", "\r\n".repeat(1000), force, 400),
  },
  {
    name: "chunks of one byte to a handler that collects them",
    bound: ({ chunks }) => ROOM + 8 * chunks,
    run: (port, force) => sendChunks(port, "/collect", force),
  },
  {
    name: "chunks of one byte to a handler that streams them",
    bound: () => ROOM,
    run: (port, force) => sendChunks(port, "/stream", force),
  },
  {
    name: "chunks of one byte to a handler that does not read, on many connections",
    bound: ({ connections }) => ROOM + connections * 256 * 1024,
    async run(port, { connections }) {
      const attackers = await connectMany(port, Math.ceil(connections / 10));
      const head = HEAD.replace("/collect", "/wait");
      const sending = attackers.map((attacker) => attacker.send(head + "1\r\nx\r\n".repeat(200_000)));
      await Promise.all(attackers.map(untilStuck));
      closeAll(attackers);
      await Promise.all(sending);
      return `${attackers.length} connections held back`;
    },
  },
  {
    name: "trailers without end",
    bound: () => ROOM,
    async run(port, { trailers }) {
      using attacker = await Attacker.connect(port);
      await attacker.send(`${HEAD}0\r\n${"a:\r\n".repeat(trailers)}\r\n`);
      return statusOf(await attacker.readUntil("\r\n\r\n"), 431);
    },
  },
];

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Opens connections in groups, so that none exceeds the backlog of the listener. */
async function connectMany(port: number, count: number): Promise<Attacker[]> {
  const attackers: Attacker[] = [];
  while (attackers.length < count) {
    const some = Array.from({ length: Math.min(50, count - attackers.length) }, () => Attacker.connect(port));
    attackers.push(...await Promise.all(some));
  }
  return attackers;
}

function closeAll(attackers: readonly Attacker[]): void {
  for (const attacker of attackers) attacker[Symbol.dispose]();
}

/** Sends until nothing more can be sent; returns the number of bytes. */
async function untilStuck(attacker: Attacker): Promise<number> {
  for (let sent = -1; sent !== attacker.sent;) {
    sent = attacker.sent;
    await sleep(200);
  }
  return attacker.sent;
}

/** Sends the same data repeatedly until the server has refused it and stopped reading. */
async function untilRefused(
  port: number,
  before: string,
  repeated: string,
  { endless }: Force,
  status: number,
): Promise<string> {
  using attacker = await Attacker.connect(port);
  const answer = attacker.readUntil("\n\0");
  await attacker.send(before);
  const block = repeated.repeat(Math.ceil(65536 / repeated.length));
  while (attacker.sent < endless && await attacker.send(block));
  // Bytes beyond the limit for lingering are in the buffers of both kernels.
  if (attacker.sent > LINGER_LIMIT + 16 * MIB) throw new Error(`The server read ${attacker.sent} bytes`);
  return `${statusOf(await answer, status)}; ${(attacker.sent / MIB).toFixed(1)} MiB sent`;
}

async function sendChunks(port: number, path: string, { chunks }: Force): Promise<string> {
  using attacker = await Attacker.connect(port);
  const answer = attacker.readUntil(`\r\n\r\n${chunks}`);
  await attacker.send(HEAD.replace("/collect", path));
  for (let left = chunks; left > 0; left -= 10_000) {
    await attacker.send("1\r\nx\r\n".repeat(Math.min(left, 10_000)));
  }
  await attacker.send("0\r\n\r\n");
  return statusOf(await answer, 200);
}

function statusOf(answer: string, expected: number): string {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
  if (status !== String(expected)) {
    throw new Error(`Expected status ${expected}, got ${JSON.stringify(answer)}`);
  }
  return `answered ${status}`;
}
