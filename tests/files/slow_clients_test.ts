import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../behaviour/raw_client.ts";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { askOnce } from "./files_client.ts";
import { HUGE_SIZE, Site } from "./site.ts";

const CLIENTS = 8;

/** Bytes that a client reads before it pauses. */
const BURST = 4 * 1024 * 1024;

/** Milliseconds of a pause. */
const PAUSE = 20;

const MIB = 1024 * 1024;

/** A way to serve, and how far the memory of the server may grow. */
interface Way {
  readonly name: string;
  /** Bytes that each client gets. */
  readonly size: number;
  /** Bytes by which the memory may grow. */
  readonly room: number;
}

// A handler needs a buffer for each client. Each chunk of a stream is new and collected when the runtime sees
// fit, so a Fetch function needs more; it gets fewer bytes because they cost more time.
const WAYS: readonly Way[] = [
  { name: "handle", size: HUGE_SIZE, room: 48 * MIB },
  { name: "fetch", size: HUGE_SIZE / 4, room: 192 * MIB },
];

async function download(port: number, { name, size }: Way): Promise<number> {
  using client = await RawClient.connect(port);
  await client.send(`GET /huge.bin HTTP/1.1\r\nHost: ${name}\r\nRange: bytes=0-${size - 1}\r\n\r\n`);
  await client.readHead();
  let count = 0;
  for (let paused = 0; count < size;) {
    const piece = await client.read(256 * 1024);
    if (piece === null) break;
    count += piece.length;
    if (count - paused < BURST) continue;
    paused = count;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return count;
}

for (const runtime of runtimes()) {
  for (const way of WAYS) {
    const { name, size, room } = way;
    Deno.test(`${CLIENTS} slow clients get ${size / MIB} MiB each in flat memory (${runtime.name}, ${name})`, async () => {
      await using site = await Site.make();
      await using server = await startFixture(runtime, new URL("./files_server.ts", import.meta.url), [
        site.root,
      ]);
      // What the first response loads is not counted.
      await askOnce(server.port, { variant: name, target: "/big.bin" });
      const before = server.memory();
      let peak = before;
      const sampling = setInterval(() => peak = Math.max(peak, server.memory()), 20);
      const started = performance.now();
      try {
        const counts = await Promise.all(Array.from({ length: CLIENTS }, () => download(server.port, way)));
        assertEquals(counts, Array(CLIENTS).fill(size));
      } finally {
        clearInterval(sampling);
      }
      const seconds = (performance.now() - started) / 1000;
      console.log(
        `${runtime.name}, ${name}: ${CLIENTS} x ${size / MIB} MiB in ${seconds.toFixed(1)} s; ` +
          `${(before / MIB).toFixed(0)} MiB before, ${(peak / MIB).toFixed(0)} MiB at most`,
      );
      assert(peak - before < room, `The server grew by ${((peak - before) / MIB).toFixed(0)} MiB`);
      assertEquals(server.stderr, []);
    });
  }
}
