// RFC 3629 section 4:
//
//   UTF8-octets = *( UTF8-char )
//   UTF8-char   = UTF8-1 / UTF8-2 / UTF8-3 / UTF8-4
//   UTF8-1      = %x00-7F
//   UTF8-2      = %xC2-DF UTF8-tail
//   UTF8-3      = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
//                 %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
//   UTF8-4      = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /
//                 %xF4 %x80-8F 2( UTF8-tail )
//   UTF8-tail   = %x80-BF

/** Between two characters: where text begins, and where it may end. */
export const UTF8_ACCEPT = 0;
/** After a byte that cannot stand where it does. Nothing leads out of this state. */
export const UTF8_REJECT = 8;

const ONE_TAIL = 1;
const TWO_TAILS = 2;
const THREE_TAILS = 3;
const AFTER_E0 = 4;
const AFTER_ED = 5;
const AFTER_F0 = 6;
const AFTER_F4 = 7;

/** The next state, at `state * 256 + byte`. */
const NEXT = new Uint8Array(9 * 256).fill(UTF8_REJECT);

function allow(state: number, first: number, last: number, next: number): void {
  NEXT.fill(next, state * 256 + first, state * 256 + last + 1);
}

allow(UTF8_ACCEPT, 0x00, 0x7f, UTF8_ACCEPT);
allow(UTF8_ACCEPT, 0xc2, 0xdf, ONE_TAIL);
allow(UTF8_ACCEPT, 0xe0, 0xe0, AFTER_E0);
allow(UTF8_ACCEPT, 0xe1, 0xec, TWO_TAILS);
allow(UTF8_ACCEPT, 0xed, 0xed, AFTER_ED);
allow(UTF8_ACCEPT, 0xee, 0xef, TWO_TAILS);
allow(UTF8_ACCEPT, 0xf0, 0xf0, AFTER_F0);
allow(UTF8_ACCEPT, 0xf1, 0xf3, THREE_TAILS);
allow(UTF8_ACCEPT, 0xf4, 0xf4, AFTER_F4);
allow(ONE_TAIL, 0x80, 0xbf, UTF8_ACCEPT);
allow(TWO_TAILS, 0x80, 0xbf, ONE_TAIL);
allow(THREE_TAILS, 0x80, 0xbf, TWO_TAILS);
allow(AFTER_E0, 0xa0, 0xbf, ONE_TAIL);
allow(AFTER_ED, 0x80, 0x9f, ONE_TAIL);
allow(AFTER_F0, 0x90, 0xbf, TWO_TAILS);
allow(AFTER_F4, 0x80, 0x8f, TWO_TAILS);

/**
 * Validates a piece of UTF-8.
 *
 * @param state The state after the piece before, {@linkcode UTF8_ACCEPT} for the first.
 * @param bytes Holds the piece.
 * @param start Index of its first byte.
 * @param end Index after its last byte.
 * @returns The state after it: {@linkcode UTF8_REJECT} where it holds a byte that makes the text invalid, whatever follows.
 */
export function utf8State(state: number, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    state = NEXT[state << 8 | bytes[at] as number] as number;
    if (state === UTF8_REJECT) return state;
  }
  return state;
}
