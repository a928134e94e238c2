import type { ServerStats } from "../server/listening.ts";

/** Room for the figures of one thread as JSON, with plenty to spare. */
const BYTES_PER_THREAD = 1024;

const LENGTH = 0;
const VERSION = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Where the thread that started the server writes what it knows of all threads, for each of them to read. It is what
 * `handle` takes as `state`.
 */
export interface Figures {
  /** The length of the text, and a number that is odd while it is being written. */
  readonly control: Int32Array<SharedArrayBuffer>;
  /** JSON. */
  readonly text: Uint8Array<SharedArrayBuffer>;
}

/** Makes room for the figures of so many threads and an acceptor. */
export function makeFigures(threads: number): Figures {
  return {
    control: new Int32Array(new SharedArrayBuffer(8)),
    text: new Uint8Array(new SharedArrayBuffer((threads + 1) * BYTES_PER_THREAD)),
  };
}

/** Writes the figures. One thread does. */
export function writeFigures({ control, text }: Figures, stats: ServerStats): void {
  const bytes = encoder.encode(JSON.stringify(stats));
  if (bytes.length > text.length) return;
  Atomics.add(control, VERSION, 1);
  text.set(bytes);
  Atomics.store(control, LENGTH, bytes.length);
  Atomics.add(control, VERSION, 1);
}

/** Reads the figures as JSON; empty until they have been written. */
export function readFigures({ control, text }: Figures): string {
  for (;;) {
    const version = Atomics.load(control, VERSION);
    const copy = text.slice(0, Atomics.load(control, LENGTH));
    // What is written takes a microsecond or so, a few times a second.
    if (version % 2 === 0 && version === Atomics.load(control, VERSION)) return decoder.decode(copy);
  }
}
