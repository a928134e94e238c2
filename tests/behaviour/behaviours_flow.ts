import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { assertGrowth, IN_BETWEEN, isHeldBack, MIB } from "../support/flow.ts";
import type { Behaviour } from "./behaviour.ts";
import { head, inBackground } from "./raw_client.ts";
import { TempFolder } from "./temp_folder.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Creates bytes that repeat only after 16 MiB, so that a lost or duplicated piece is detected. */
function pattern(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1);
  return new Uint8Array(words.buffer);
}

/** Behaviours of large contents, and of senders and receivers of different speeds. */
export const flowBehaviours: readonly Behaviour[] = [
  {
    name: "a POST of 2 MB arrives whole, by length and chunked",
    async run(server) {
      const content = pattern(2_000_000);
      const expected = `2000000 ${await sha256(content)}`;
      using client = await server.connect();
      await client.send(head("POST /digest", "Content-Length: 2000000"));
      await client.send(content);
      assertEquals((await client.readResponse()).text, expected);
      await client.send(head("POST /digest", "Transfer-Encoding: chunked"));
      for (let at = 0; at < content.length; at += 100_000) {
        await client.send("186a0\r\n");
        await client.send(content.subarray(at, at + 100_000));
        await client.send("\r\n");
      }
      await client.send("0\r\n\r\n");
      assertEquals((await client.readResponse()).text, expected);
    },
  },
  {
    name: "128 MiB piped through an echo arrive unchanged, and the server's memory stays flat",
    async run(server) {
      const content = pattern(16 * MIB);
      const rounds = 8;
      using client = await server.connect();
      const before = server.memory();
      await client.send(head("POST /echo", `Content-Length: ${rounds * content.length}`));
      const sending = inBackground((async () => {
        for (let i = 0; i < rounds; i++) await client.send(content);
      })());
      assertEquals((await client.readHead()).header("transfer-encoding"), "chunked");
      // The content is compared on arrival, so that the client is no slower than the server.
      let received = 0;
      for (;;) {
        const size = parseInt(await client.readLine(), 16);
        if (size === 0) break;
        const chunk = await client.readExactly(size);
        const at = received % content.length;
        assertSame(chunk, content, at);
        received += size;
        assertEquals(await client.readLine(), "");
      }
      await sending;
      assertEquals(received, rounds * content.length);
      assertGrowth(server, before);
    },
  },
  {
    name: "a client that reads slowly holds the handler back, and the server's memory stays flat",
    async run(server) {
      const id = server.id();
      const total = 100 * MIB;
      using client = await server.connect();
      const before = server.memory();
      await client.send(head(`GET /flood?total=${total}&id=${id}`));
      assertEquals((await client.readHead()).header("content-length"), String(total));
      const { written } = await server.event("held back", { id });
      assert(Number(written) < IN_BETWEEN, `${written} bytes written to a client that does not read`);
      assertGrowth(server, before);

      for (let i = 0; i < 100; i++) await client.readExactly(1000);
      assertEquals(server.eventsOf("flooded", { id }), [], "it is held back still");
      const expected = new Uint8Array(256 * 1024).fill(120);
      let rest = total - 100_000;
      while (rest > 0) {
        const piece = await client.read(rest) ?? new Uint8Array(1);
        assertSame(piece, expected, 0);
        rest -= piece.length;
      }
      assertEquals((await server.event("flooded", { id })).written, total);
      assertGrowth(server, before);
    },
  },
  {
    name: "a handler that does not read holds the client back, and the server's memory stays flat",
    async run(server) {
      const total = 100_000_000;
      await using folder = await TempFolder.make();
      const file = `${folder.path}/read`;
      using client = await server.connect();
      const before = server.memory();
      await client.send(head(`POST /gate/file?file=${file}`, `Content-Length: ${total}`));
      const piece = new Uint8Array(100_000);
      let sending = Promise.resolve();
      let sent = 0;
      do {
        assert(sent < IN_BETWEEN, `the server took ${sent} bytes that nobody reads`);
        sending = client.send(piece);
        sent += piece.length;
      } while (!(await isHeldBack(sending)));
      assertGrowth(server, before);
      await Deno.writeTextFile(file, "");
      for (await sending; sent < total; sent += piece.length) await client.send(piece);
      assertEquals((await client.readResponse()).text, String(total));
    },
  },
  {
    name: "a client that pipelines without reading is held back, and then gets every response",
    async run(server) {
      using client = await server.connect();
      const before = server.memory();
      const request = head("GET /send/large", `X-Large: ${"x".repeat(16_000)}`);
      let sending = Promise.resolve();
      let sent = 0;
      do {
        assert(sent < 5000, `the server took ${sent} requests of 16 KB without a reader for their answers`);
        sending = client.send(request);
        sent++;
      } while (!(await isHeldBack(sending)));
      assertGrowth(server, before);
      const expected = new Uint8Array(65536).fill(46);
      for (let i = 0; i < sent; i++) assertSame((await client.readResponse()).body, expected, 0);
      await sending;
      assertGrowth(server, before);
    },
  },
];

function assertSame(piece: Uint8Array, content: Uint8Array, at: number): void {
  const head = content.subarray(at, at + piece.length);
  // A comparison byte by byte would take longer than the rest of the test.
  if (Buffer.compare(head, piece.subarray(0, head.length)) !== 0) {
    throw new Error(`Byte ${at + head.findIndex((byte, i) => byte !== piece[i])} differs`);
  }
  if (head.length < piece.length) assertSame(piece.subarray(head.length), content, 0);
}
