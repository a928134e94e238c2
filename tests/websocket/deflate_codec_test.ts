import { assert, assertEquals } from "@std/assert";
import { constants, createDeflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import { DeflateCodec } from "../../src/websocket/deflate_codec.ts";
import type { DeflateAgreement, DeflateSettings } from "../../src/websocket/deflate_negotiation.ts";
import type { FrameFlaw } from "../../src/websocket/frame_flaw.ts";
import { bytesOf, clientFrame, closeFrame, concat, serverFrames } from "./frames.ts";
import { openSocket, turn, until } from "./open_socket.ts";

const SETTINGS: DeflateSettings = {
  serverContextTakeover: false,
  clientContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 0,
  level: 6,
};

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH };

async function codecOf(settings: Partial<DeflateSettings> = {}, max = 1_000_000): Promise<DeflateCodec> {
  const all = { ...SETTINGS, ...settings };
  const agreement: DeflateAgreement = { ...all, accepted: "" };
  const codec = new DeflateCodec(agreement, all, max);
  await until(() => codec.compresses(1), "node:zlib");
  return codec;
}

function deflate(codec: DeflateCodec, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => codec.deflate(bytes, (payload) => resolve(payload.slice())));
}

function inflate(codec: DeflateCodec, payload: Uint8Array): Promise<Uint8Array | FrameFlaw> {
  return new Promise((resolve) => codec.inflate(payload, false, resolve));
}

/** A message as a client without context takeover compresses it. */
function compressed(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, FLUSH)).slice(0, -4);
}

const TEXTS = ["Hello", "", "Hello Hello Hello", "{}".repeat(5000), "ü".repeat(40_000)].map((text) =>
  bytesOf(text)
);

Deno.test("DeflateCodec restores what it has compressed, with every window and with context or without", async () => {
  const random = crypto.getRandomValues(new Uint8Array(60_000));
  for (let bits = 8; bits <= 15; bits++) {
    for (const takeover of [false, true]) {
      const codec = await codecOf({
        serverMaxWindowBits: bits,
        clientMaxWindowBits: bits,
        serverContextTakeover: takeover,
        clientContextTakeover: takeover,
      });
      for (const bytes of [...TEXTS, random, concat([random, random.subarray(0, 300), random]), ...TEXTS]) {
        if (bytes.length === 0) continue;
        const outcome = await inflate(codec, await deflate(codec, bytes));
        assertEquals(outcome, bytes, `${bits} bits, context takeover ${takeover}`);
      }
      codec.close();
    }
  }
});

Deno.test("DeflateCodec never refers further back than the window that was agreed on", async () => {
  // A block of random bytes, then a gap just below or above the window, then the block again.
  const block = crypto.getRandomValues(new Uint8Array(64));
  for (let bits = 8; bits <= 14; bits++) {
    const gap = crypto.getRandomValues(new Uint8Array(2 ** bits));
    for (const serverContextTakeover of [false, true]) {
      const codec = await codecOf({ serverMaxWindowBits: bits, serverContextTakeover });
      const bytes = concat([block, gap, block]);
      const payload = serverContextTakeover
        ? concat([await deflate(codec, concat([block, gap])), await deflate(codec, block)])
        : await deflate(codec, bytes);
      assert(payload.length >= bytes.length, `${bits} bits: the second block cannot refer to the first`);
      codec.close();
    }
  }
});

Deno.test("DeflateCodec uses the context where that was agreed on", async () => {
  const message = crypto.getRandomValues(new Uint8Array(1000));
  const codec = await codecOf({ serverContextTakeover: true, clientContextTakeover: true });
  const first = await deflate(codec, message);
  const second = await deflate(codec, message);
  assert(second.length < 50 && first.length > 990, `${first.length} and ${second.length} bytes`);
  assertEquals(await inflate(codec, first), message);
  assertEquals(await inflate(codec, second), message);
  codec.close();
});

Deno.test("DeflateCodec reads RFC 7692's examples (section 7.2.3)", async () => {
  for (const clientContextTakeover of [false, true]) {
    const codec = await codecOf({ clientContextTakeover });
    const hello = bytesOf("Hello");
    const examples = {
      "one block": [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
      "no compression": [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
      "a final block": [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
      "two blocks": [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    };
    for (const [name, example] of Object.entries(examples)) {
      assertEquals(await inflate(codec, bytesOf(...example)), hello, name);
    }
    assertEquals(await inflate(codec, bytesOf(0)), bytesOf(), "an empty message");
    codec.close();
  }
  const shared = await codecOf({ clientContextTakeover: true });
  assertEquals(await inflate(shared, bytesOf(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)), bytesOf("Hello"));
  assertEquals(
    await inflate(shared, bytesOf(0xf2, 0x00, 0x11, 0x00, 0x00)),
    bytesOf("Hello"),
    "a shared window",
  );
  shared.close();
});

Deno.test("DeflateCodec stops at maxMessageSize, and at what is no DEFLATE", async () => {
  const bomb = compressed(new Uint8Array(10_000_000));
  for (const clientContextTakeover of [false, true]) {
    const codeOf = async (payload: Uint8Array, max: number) => {
      const codec = await codecOf({ clientContextTakeover }, max);
      const outcome = await inflate(codec, payload);
      codec.close();
      return outcome instanceof Uint8Array ? outcome.length : outcome.code;
    };
    assertEquals(await codeOf(bomb, 1_000_000), 1009);
    assertEquals(await codeOf(compressed(new Uint8Array(1000)), 1000), 1000);
    assertEquals(await codeOf(compressed(new Uint8Array(1001)), 1000), 1009);
    assertEquals(await codeOf(bytesOf(0xff, 0xff), 1000), 1007);
    assertEquals(await codeOf(bytesOf(0x06), 1000), 1007);
    assertEquals(await codeOf(bytesOf(), 0), 0);
    assertEquals(await codeOf(compressed(bytesOf(1)), 0), 1009);
  }
});

const OFFER = "permessage-deflate; client_max_window_bits";

Deno.test("messages are compressed from the threshold on, and uncompressed ones are taken too", async () => {
  const { socket, wire, receive, log } = await openSocket({
    options: { perMessageDeflate: { threshold: 10 } },
    extensions: OFFER,
  });
  await until(() => loaded, "node:zlib");
  assertEquals(
    socket.extensions,
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  );
  socket.send("short");
  socket.send("long enough");
  socket.send(new Uint8Array(100));
  await turn();
  const [short, text, binary] = serverFrames(wire.takeBytes());
  assertEquals([short?.rsv, text?.rsv, binary?.rsv], [0, 4, 4]);
  const plain = inflateRawSync(concat([text!.payload, bytesOf(0, 0, 255, 255)]), FLUSH);
  assertEquals(new TextDecoder().decode(plain), "long enough");
  receive(
    concat([
      clientFrame({ rsv: 4, payload: compressed(bytesOf("ä compressed")) }),
      clientFrame({ payload: "plain" }),
      clientFrame({ rsv: 4, opcode: 2, fin: false, payload: compressed(bytesOf(1, 2)).subarray(0, 1) }),
      clientFrame({ opcode: 9 }),
      clientFrame({ opcode: 0, payload: compressed(bytesOf(1, 2)).subarray(1) }),
    ]),
    3,
  );
  assertEquals(log, ["open", 'text "ä compressed"', 'text "plain"', "binary [1 2]"]);
});

/** Another test has loaded it, or this file's first. */
const loaded = true;

Deno.test("messages, frames between them and the close keep their order while the client's context is used", async () => {
  const { socket, wire, receive, log, lose } = await openSocket({
    options: {
      perMessageDeflate: { threshold: 0, serverContextTakeover: true, clientContextTakeover: true },
    },
    extensions: OFFER,
  });
  assertEquals(socket.extensions, "permessage-deflate");
  const stream = createDeflateRaw();
  const compress = (text: string) =>
    new Promise<Uint8Array>((resolve) => {
      const pieces: Uint8Array[] = [];
      const take = (bytes: Uint8Array) => void pieces.push(new Uint8Array(bytes));
      stream.on("data", take);
      stream.write(text);
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off("data", take);
        resolve(concat(pieces).slice(0, -4));
      });
    });
  const frames: Uint8Array[] = [];
  for (let i = 0; i < 5; i++) {
    frames.push(
      clientFrame({ rsv: 4, payload: await compress(`message ${i}`) }),
      clientFrame({ payload: `${i}` }),
    );
  }
  stream.close();
  for (let i = 0; i < 3; i++) socket.send(`answer ${i}`);
  socket.send(new Blob(["blob"]));
  socket.close(1000);
  receive(concat(frames));
  receive(closeFrame(1000));
  await until(() => wire.ended, "the end");
  lose();
  assertEquals(log, ["open", 'close 1000 "" clean'], "what comes while closing is dropped");
});

Deno.test("a socket that keeps its context answers messages in order", async () => {
  const { socket, wire, receive } = await openSocket({
    silent: true,
    options: {
      perMessageDeflate: { threshold: 0, serverContextTakeover: true, clientContextTakeover: true },
    },
    extensions: OFFER,
  });
  const seen: string[] = [];
  socket.onmessage = ({ data }) => {
    seen.push(data);
    socket.send(data);
  };
  const client = await codecOf({ serverContextTakeover: true, clientContextTakeover: true });
  const frames: Uint8Array[] = [];
  for (let i = 0; i < 20; i++) {
    const text = `message ${i}`;
    frames.push(
      clientFrame(
        i % 3 === 0 ? { payload: text } : { rsv: 4, payload: await deflate(client, bytesOf(text)) },
      ),
    );
  }
  receive(concat(frames), 50);
  await until(() => seen.length === 20, "all messages");
  await until(() => socket.bufferedAmount === 0, "all answers");
  await turn();
  const answers: string[] = [];
  for (const frame of serverFrames(wire.takeBytes())) {
    assertEquals(frame.rsv, 4);
    answers.push(new TextDecoder().decode(await inflate(client, frame.payload) as Uint8Array));
  }
  client.close();
  assertEquals(seen, Array.from({ length: 20 }, (_, i) => `message ${i}`));
  assertEquals(answers, seen);
  assertEquals(wire.paused, false);
});

Deno.test("compressed messages that are too big, no DEFLATE or no UTF-8 get 1009 and 1007", async () => {
  for (const clientContextTakeover of [false, true]) {
    for (
      const [payload, code] of [
        [compressed(new Uint8Array(5_000_000)), 1009],
        [bytesOf(0xff, 0xff, 0xff), 1007],
        [compressed(bytesOf(0xff)), 1007],
      ] as const
    ) {
      const { wire, receive, log } = await openSocket({
        options: { perMessageDeflate: { clientContextTakeover }, maxMessageSize: 1_000_000 },
        extensions: OFFER,
      });
      receive(concat([clientFrame({ rsv: 4, payload }), clientFrame({ payload: "never" })]));
      await until(() => wire.ended, "the end");
      assertEquals(log, ["open", `error ${code}`]);
      assertEquals(wire.take()[0]?.slice(0, 10), `close ${code}`);
    }
  }
});
