import type { ConnectionEvents } from "../../src/websocket/websocket_connection.ts";
import { WebSocketConnection } from "../../src/websocket/websocket_connection.ts";
import { FakeUpgradedSocket } from "./fake_upgraded_socket.ts";
import { serverFrames } from "./frames.ts";
import { type FuzzCase, fuzzCase, Random } from "./fuzz_cases.ts";
import { FUZZ_LIMITS, type Verdict, verdictOf } from "./fuzz_reference.ts";

/** A case that fails. */
export interface FuzzFailure {
  readonly number: number;
  readonly message: string;
  readonly bytes: string;
}

/** What a run of cases came to. */
export interface FuzzFindings {
  readonly cases: number;
  readonly failures: readonly FuzzFailure[];
  /** Number of cases by their end: `0` for an open connection, or the status code of the server's close frame. */
  readonly ends: Readonly<Record<string, number>>;
}

const SETTINGS = { ...FUZZ_LIMITS, pingInterval: 0, maxQueued: 1_000_000 };

const encoder = new TextEncoder();

/** What a connection has told of. */
interface Log {
  readonly events: string[];
  closed: number;
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

const EVENTS: ConnectionEvents<Log> = {
  onText: (log, text) => void log.events.push(`text ${hex(encoder.encode(text))}`),
  onBytes: (log, bytes) => void log.events.push(`binary ${hex(bytes)}`),
  onRoom: () => {},
  onError: () => {},
  onClosed: (log) => void log.closed++,
  onTick: () => {},
};

/** Runs bytes in pieces, and returns what came of them, in the form of the reference. */
function runPieces(pieces: readonly Uint8Array[]): Verdict {
  const wire = new FakeUpgradedSocket();
  const log: Log = { events: [], closed: 0 };
  const target = new WebSocketConnection(wire, EVENTS, log, SETTINGS, null);
  for (const piece of pieces) target.onData(piece.slice());
  const frames = serverFrames(wire.takeBytes());
  const pongs = frames.filter(({ opcode }) => opcode === 10).map(({ payload }) => `ping ${hex(payload)}`);
  const closes = frames.filter(({ opcode }) => opcode === 8);
  if (closes.length > 1) throw new Error("There is more than one close frame");
  if (closes.length === 1 && frames.at(-1) !== closes[0]) throw new Error("A frame follows the close frame");
  if (wire.ended !== (closes.length === 1)) {
    throw new Error("The connection is not ended after the close frame");
  }
  const payload = closes[0]?.payload;
  const close = payload === undefined ? 0 : payload.length === 0 ? 1005 : payload[0]! << 8 | payload[1]!;
  target.onClose();
  if (log.closed !== 1) throw new Error("The end was not told once");
  return { events: [...log.events, ...pongs], close, clean: false };
}

/** Messages in order, then pings in order: what the two readings are compared by. */
function comparable({ events, close }: Verdict): string {
  const messages = events.filter((event) => !event.startsWith("ping"));
  return JSON.stringify([messages, events.filter((event) => event.startsWith("ping")), close]);
}

function piecesAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  return [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i] ?? bytes.length));
}

/** Runs a case in several ways. Throws where anything is wrong. */
function check({ bytes, cuts }: FuzzCase, random: Random): Verdict {
  const expected = verdictOf(bytes);
  const ways: readonly (readonly [name: string, pieces: Uint8Array[]])[] = [
    ["whole", [bytes]],
    [`cut at ${cuts}`, piecesAt(bytes, cuts)],
    ["a byte at a time", Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))],
  ];
  for (const [name, pieces] of ways) {
    const seen = comparable(runPieces(pieces));
    if (seen !== comparable(expected)) throw new Error(`${name}: ${seen} instead of ${comparable(expected)}`);
  }
  runWithInterference(bytes, random);
  return expected;
}

/** The program and the network interfere at random: nothing may be thrown, and what is sent must be frames. */
function runWithInterference(bytes: Uint8Array, random: Random): void {
  const wire = new FakeUpgradedSocket();
  const log: Log = { events: [], closed: 0 };
  let connection: WebSocketConnection<Log> | null = null;
  const act = () => {
    switch (random.number(9)) {
      case 0:
        connection?.close(1000, "enough");
        break;
      case 1:
        connection?.send("text");
        break;
      case 2:
        connection?.hold(true);
        break;
      case 3:
        connection?.hold(false);
        break;
      case 4:
        wire.keepsUp = !wire.keepsUp;
        break;
      case 5:
        connection?.ping(new Uint8Array(3));
        break;
      case 6:
        if (random.oneIn(8)) connection?.fail(1011, "a mistake");
    }
  };
  const events: ConnectionEvents<Log> = { ...EVENTS, onText: act, onBytes: act };
  connection = new WebSocketConnection(wire, events, log, SETTINGS, null);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.number(40));
    connection.onData(bytes.slice(at, end));
    at = end;
    if (random.oneIn(4)) act();
    if (random.oneIn(4)) {
      wire.drain();
      connection.onDrain();
    }
    if (random.oneIn(40)) connection.onEnd();
    if (random.oneIn(40)) break;
  }
  connection.hold(false);
  connection.onDrain();
  if (!wire.ended) wire.flush();
  connection.onClose();
  connection.onClose();
  connection.send("late");
  connection.close(1000, "");
  connection.hold(false);
  serverFrames(wire.takeBytes());
  if (log.closed !== 1) throw new Error("The end was not told once");
}

/** Runs the cases of a seed from number `from` up to `to`. */
export async function fuzzCampaign(
  seed: number,
  from: number,
  to: number,
  progress: (done: number) => void = () => {},
): Promise<FuzzFindings> {
  const failures: FuzzFailure[] = [];
  const ends: Record<string, number> = {};
  for (let number = from; number < to; number++) {
    const one = fuzzCase(seed, number);
    try {
      const { close } = check(one, new Random(number));
      ends[close] = (ends[close] ?? 0) + 1;
    } catch (error) {
      if (failures.length < 20) {
        failures.push({ number, message: (error as Error).message, bytes: hex(one.bytes) });
      }
    }
    if ((number - from) % 1000 !== 999) continue;
    // Frames that wait for the end of a turn are sent meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 0));
    progress(number - from + 1);
  }
  return { cases: to - from, failures, ends };
}
