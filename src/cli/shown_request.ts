import type { Request } from "../http/request.ts";

/** Bytes of content that are shown; the rest is counted. */
const MAX_SHOWN = 16 * 1024;

/** Bytes of content that is not text, which are shown as numbers. */
const MAX_DUMPED = 512;

/** Bytes in a line of numbers. */
const DUMP_WIDTH = 16;

/** The content of a request as the page shows it. */
export interface ShownContent {
  /** Bytes that were received. */
  readonly size: number;
  /** The content as text, or as a list of bytes where it is not text. */
  readonly text: string;
  /** Bytes that `text` stands for. */
  readonly shown: number;
}

/** A request as the page shows it. */
export interface ShownRequest {
  /** The request line, RFC 9112 section 3. */
  readonly line: string;
  /** The header fields, in order and casing as received. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The content; `null` where the request has none. */
  readonly content: ShownContent | null;
  /** The client. */
  readonly from: string;
  /** The thread that answers. */
  readonly thread: number;
}

/**
 * Reads a request to its end.
 *
 * @param request The request.
 * @param thread The thread that answers.
 * @throws What a read of the content rejects with.
 */
export async function showRequest(request: Request, thread: number): Promise<ShownRequest> {
  const { method, uri, version, headers, remoteAddress } = request;
  return {
    line: `${method} ${uri.raw} HTTP/${version}`,
    fields: headers.raw(),
    content: await readContent(request),
    from: "path" in remoteAddress ? "a Unix socket" : `${remoteAddress.hostname} port ${remoteAddress.port}`,
    thread,
  };
}

/** Reads the content: all of it is counted, its beginning kept. */
async function readContent(request: Request): Promise<ShownContent | null> {
  const kept = new Uint8Array(MAX_SHOWN);
  const reader = request.body.getReader();
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (size < MAX_SHOWN) kept.set(value.subarray(0, MAX_SHOWN - size), size);
    size += value.length;
  }
  return size === 0 ? null : { size, ...present(kept.subarray(0, Math.min(size, MAX_SHOWN)), size) };
}

function present(bytes: Uint8Array, size: number): Pick<ShownContent, "text" | "shown"> {
  try {
    // A character that was cut in two at the end is left out by `stream`.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: bytes.length < size });
    // deno-lint-ignore no-control-regex
    if (!/[\x00-\x08\x0e-\x1f\x7f]/.test(text)) return { text, shown: bytes.length };
  } catch {
    // It is not UTF-8.
  }
  const dumped = bytes.subarray(0, MAX_DUMPED);
  return { text: dump(dumped), shown: dumped.length };
}

/** Lines of 16 bytes: offset, hexadecimal, ASCII. */
function dump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += DUMP_WIDTH) {
    const line = Array.from(bytes.subarray(at, at + DUMP_WIDTH));
    const hex = line.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(3 * DUMP_WIDTH - 1);
    const text = line.map((byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".").join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex}  ${text}`);
  }
  return lines.join("\n");
}
