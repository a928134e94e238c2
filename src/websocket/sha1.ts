/**
 * The SHA-1 digest of a short ASCII text, FIPS 180-4. `Sec-WebSocket-Accept` is made of it, which protects nothing: it shows
 * that the server has understood the request. WebCrypto's would make every opening handshake asynchronous.
 *
 * @param text ASCII, of any length.
 * @returns The 20 bytes of the digest.
 */
export function sha1(text: string): Uint8Array<ArrayBuffer> {
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const blocks = new DataView(new ArrayBuffer(Math.ceil((text.length + 9) / 64) * 64));
  for (let i = 0; i < text.length; i++) blocks.setUint8(i, text.charCodeAt(i));
  blocks.setUint8(text.length, 0x80);
  blocks.setUint32(blocks.byteLength - 4, text.length * 8);
  for (let at = 0; at < blocks.byteLength; at += 64) compress(state, blocks, at);
  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

/** FIPS 180-4 section 6.1.2. */
function compress(state: Int32Array, blocks: DataView, at: number): void {
  const schedule = new Int32Array(80);
  for (let t = 0; t < 16; t++) schedule[t] = blocks.getInt32(at + 4 * t);
  for (let t = 16; t < 80; t++) {
    schedule[t] = rotl(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  for (let t = 0; t < 80; t++) {
    const next = rotl(a, 5) + mix(t, b, c, d) + e + schedule[t]! | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}

function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (b & c ^ ~b & d) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return (b & c ^ b & d ^ c & d) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotl(word: number, bits: number): number {
  return word << bits | word >>> (32 - bits);
}
