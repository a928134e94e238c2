/**
 * Uploads a number of bytes to a port in chunks of 64 KiB, and prints the body of the response. Arguments:
 * port, size.
 */

const CHUNK = 64 * 1024;
/** Number of chunks in one write. */
const BATCH = 16;

const [port, size] = Deno.args.map(Number) as [number, number];
const encoder = new TextEncoder();
const chunk = new Uint8Array(CHUNK).fill(0x7a);
const batch = new Uint8Array(
  await new Blob(new Array(BATCH).fill([`${CHUNK.toString(16)}\r\n`, chunk, "\r\n"]).flat()).arrayBuffer(),
);

using conn = await Deno.connect({ hostname: "127.0.0.1", port });
await write(encoder.encode("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
for (let sent = 0; sent < size; sent += BATCH * CHUNK) await write(batch);
await write(encoder.encode("0\r\n\r\n"));

let text = "";
const buffer = new Uint8Array(4096);
while (!/\r\n\r\n./.test(text)) {
  const count = await conn.read(buffer);
  if (count === null) throw new Error(`The connection ended early: ${text}`);
  text += new TextDecoder().decode(buffer.subarray(0, count));
}
if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`The upload failed: ${text}`);
// The body is framed by a length or as one chunk. In both cases the answer is the last line that is neither
// empty nor the last chunk.
const lines = text.slice(text.indexOf("\r\n\r\n") + 4).split("\r\n").filter((line) =>
  line !== "" && line !== "0"
);
console.log(lines.at(-1));

async function write(bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}
