/**
 * Groups 12 and 13 of the Autobahn test suite: 216 cases of permessage-deflate, with fewer messages each (the suite sends
 * 1000). The client's end is compressed by `node:zlib` itself.
 */
import { assert, assertEquals } from "@std/assert";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { clientFrame, closeFrame, concat, serverFramesAndRest } from "./frames.ts";
import { openSocket, turn, until } from "./open_socket.ts";

/** Messages of a case. */
const MESSAGES = 6;

/** Size of a message and of its fragments, in bytes; 0 for one frame. */
const SIZES: readonly (readonly [size: number, fragment: number])[] = [
  ...[16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072].map((size) => [size, 0] as const),
  ...[8192, 16384, 32768, 65536, 131072].map((size) => [size, 256] as const),
  ...[1024, 4096, 32768].map((fragment) => [131072, fragment] as const),
];

/** Contents like those of the suite's files: text, and bytes. */
const CONTENTS: Readonly<Record<string, (i: number) => number>> = {
  "12.1": (i) => '{"key": "value", "list": [1, 2, 3]}, '.charCodeAt((i * 7 + (i >> 6)) % 36),
  "12.2": (i) => (i * 2654435761 >>> 13) & 0xff,
  "12.3": (i) => "Habe nun, ach! Philosophie, Juristerei und Medizin ".charCodeAt(i % 51 ^ i >> 9 & 7) || 32,
  "12.4": (i) => "lorem ipsum dolor sit amet ".charCodeAt(i % 27),
  "12.5": (i) => 32 + i % 95,
};

/** The offers of group 13, and what is left of the client's choice. */
const OFFERS: Readonly<Record<string, string>> = {
  "13.1": "permessage-deflate",
  "13.2": "permessage-deflate; server_no_context_takeover",
  "13.3": "permessage-deflate; server_max_window_bits=9",
  "13.4": "permessage-deflate; server_max_window_bits=15",
  "13.5": "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
  "13.6": "permessage-deflate; server_no_context_takeover; server_max_window_bits=15",
  "13.7":
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=9, permessage-deflate; server_no_context_takeover, permessage-deflate",
};

const DEFAULT_OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/** A zlib stream as a function: bytes in, and what comes out up to a flush. */
function throughStream(stream: ReturnType<typeof createDeflateRaw> | ReturnType<typeof createInflateRaw>) {
  let pieces: Uint8Array[] = [];
  stream.on("data", (bytes: Uint8Array) => void pieces.push(new Uint8Array(bytes)));
  return (bytes: Uint8Array) => {
    pieces = [];
    stream.write(bytes);
    return new Promise<Uint8Array<ArrayBuffer>>((resolve) => {
      stream.flush(constants.Z_SYNC_FLUSH, () => resolve(concat(pieces)));
    });
  };
}

async function run(
  id: string,
  offer: string,
  content: (i: number) => number,
  binary: boolean,
): Promise<void> {
  const [size, fragment] = SIZES[Number(id.split(".")[2]) - 1]!;
  const { socket, wire, receive, lose } = await openSocket({
    silent: true,
    extensions: offer,
    options: {
      perMessageDeflate: { threshold: 0, serverContextTakeover: true, clientContextTakeover: true },
    },
  });
  assert(socket.extensions.startsWith("permessage-deflate"), `${id}: accepted`);
  socket.binaryType = "arraybuffer";
  let seen = 0;
  socket.onmessage = ({ data }) => {
    seen++;
    socket.send(data);
  };
  const takeover = !socket.extensions.includes("client_no_context_takeover");
  const windowBits = Number(/server_max_window_bits=(\d+)/.exec(socket.extensions)?.[1] ?? 15);
  let deflater = createDeflateRaw();
  let compress = throughStream(deflater);
  const inflater = createInflateRaw({ windowBits });
  const decompress = throughStream(inflater);
  for (let i = 0; i < MESSAGES; i++) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => content(at + i * 13));
    const payload = (await compress(bytes)).slice(0, -4);
    const opcode = binary ? 2 : 1;
    const step = fragment === 0 ? Math.max(1, payload.length) : fragment;
    for (let at = 0; at < payload.length; at += step) {
      const fin = at + step >= payload.length;
      const piece = payload.subarray(at, at + step);
      receive(clientFrame({ fin, opcode: at === 0 ? opcode : 0, rsv: at === 0 ? 4 : 0, payload: piece }));
    }
    if (!takeover) {
      deflater.close();
      deflater = createDeflateRaw();
      compress = throughStream(deflater);
    }
    await until(() => wire.writes.length > 0, `${id}: the echo of message ${i}`);
    const { frames, rest } = serverFramesAndRest(wire.takeBytes());
    assertEquals([frames.length, rest, frames[0]?.opcode, frames[0]?.rsv], [1, 0, opcode, 4], id);
    const echoed = await decompress(concat([frames[0]!.payload, new Uint8Array([0, 0, 255, 255])]));
    assert(
      echoed.length === bytes.length && echoed.every((byte, at) => byte === bytes[at]),
      `${id}: message ${i}`,
    );
  }
  receive(closeFrame(1000));
  await until(() => wire.ended, `${id}: the end`);
  assertEquals(seen, MESSAGES);
  lose();
  deflater.close();
  inflater.close();
  await turn();
}

for (const [group, content] of Object.entries(CONTENTS)) {
  Deno.test(`Autobahn's group ${group}: ${SIZES.length} cases`, async () => {
    for (let i = 1; i <= SIZES.length; i++) {
      await run(`${group}.${i}`, DEFAULT_OFFER, content, group === "12.2");
    }
  });
}

for (const [group, offer] of Object.entries(OFFERS)) {
  Deno.test(`Autobahn's group ${group}: ${SIZES.length} cases`, async () => {
    for (let i = 1; i <= SIZES.length; i++) {
      await run(`${group}.${i}`, offer, CONTENTS["12.1"]!, false);
    }
  });
}

Deno.test("Autobahn's groups 12 and 13 have 216 cases", () => {
  assertEquals((Object.keys(CONTENTS).length + Object.keys(OFFERS).length) * SIZES.length, 216);
});
