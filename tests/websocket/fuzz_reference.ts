/** What a server has to make of bytes, by a plain reading of RFC 6455 over all of them at once. */
export interface Verdict {
  /** Messages as `text ...` and `binary ...`, and the payloads of pings as `ping ...`, in order. */
  readonly events: readonly string[];
  /** The status code of the close frame that the server sends; 1005 for an empty one, 0 for none. */
  readonly close: number;
  /** Whether the client closed in order. */
  readonly clean: boolean;
}

/** The limits that the cases run into. */
export const FUZZ_LIMITS = { maxMessageSize: 260, maxFragments: 5 } as const;

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether bytes are the beginning of UTF-8, or all of it. */
function isText(bytes: readonly number[], whole: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes), { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

/** Reads bytes, which may end anywhere. */
export function verdictOf(input: Uint8Array): Verdict {
  const events: string[] = [];
  const end = (close: number, clean = false): Verdict => ({ events, close, clean });
  let message:
    | { readonly text: boolean; readonly bytes: number[]; fragments: number; announced: number }
    | null = null;
  let rest = input;
  for (;;) {
    if (rest.length === 0) return end(0);
    const fin = rest[0]! > 127;
    const opcode = rest[0]! % 16;
    if (rest[0]! >> 4 & 7) return end(1002);
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return end(1002);
    if (opcode > 7 && !fin) return end(1002);
    if (rest.length === 1) return end(0);
    if (rest[1]! < 128) return end(1002);
    const short = rest[1]! - 128;
    if (opcode > 7 && short > 125) return end(1002);
    const head = short < 126 ? 6 : short === 126 ? 8 : 14;
    if (rest.length < head) return end(0);
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
    const length = short < 126
      ? BigInt(short)
      : short === 126
      ? BigInt(view.getUint16(2))
      : view.getBigUint64(2);
    if (length >= 1n << 63n) return end(1002);
    if (length >= 1n << 53n) return end(1009);
    if ((short === 126 && length < 126n) || (short === 127 && length < 65536n)) return end(1002);
    const key = rest.subarray(head - 4, head);
    const payload = rest.slice(head, head + Number(length)).map((byte, i) => byte ^ key[i % 4]!);
    const whole = BigInt(payload.length) === length;
    rest = rest.subarray(head + payload.length);
    if (opcode > 7) {
      if (!whole) return end(0);
      if (opcode === 9) events.push(`ping ${hex(payload)}`);
      if (opcode === 8) return closeOf(payload, end);
      continue;
    }
    if ((opcode === 0) !== (message !== null)) return end(1002);
    message ??= { text: opcode === 1, bytes: [], fragments: 0, announced: 0 };
    message.announced += Number(length);
    if (++message.fragments > FUZZ_LIMITS.maxFragments) return end(1008);
    if (message.announced > FUZZ_LIMITS.maxMessageSize) return end(1009);
    message.bytes.push(...payload);
    if (message.text && !isText(message.bytes, fin && whole)) return end(1007);
    if (!whole) return end(0);
    if (!fin) continue;
    events.push(`${message.text ? "text" : "binary"} ${hex(new Uint8Array(message.bytes))}`);
    message = null;
  }
}

function closeOf(payload: Uint8Array, end: (close: number, clean?: boolean) => Verdict): Verdict {
  if (payload.length === 0) return end(1005, true);
  if (payload.length === 1) return end(1002);
  const code = payload[0]! * 256 + payload[1]!;
  const reserved = [1004, 1005, 1006];
  const known = (code >= 1000 && code <= 1014 && !reserved.includes(code)) || (code >= 3000 && code < 5000);
  if (!known) return end(1002);
  return isText(Array.from(payload.subarray(2)), true) ? end(code, true) : end(1007);
}
