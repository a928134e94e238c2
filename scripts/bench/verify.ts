import { requestText, type Workload } from "./workloads.ts";

/** One received response. */
interface Received {
  readonly status: number;
  readonly headSize: number;
  readonly body: string;
  readonly end: number;
}

const LIMIT = 10_000;

/**
 * Sends a workload's request as the load will send it, and checks every response.
 *
 * @returns The size of the head of a response.
 * @throws {Error} If a response is not correct.
 */
export async function verify(name: string, port: number, workload: Workload): Promise<number> {
  const count = workload.kind === "requests" ? workload.pipelined : 1;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new TextEncoder().encode(requestText(workload.request).repeat(count));
  const limit = setTimeout(() => conn.close(), LIMIT);
  try {
    for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
    let text = "";
    let at = 0;
    let headSize = 0;
    const decoder = new TextDecoder("latin1");
    const buffer = new Uint8Array(64 * 1024);
    for (let received = 0; received < count;) {
      const answer = receive(text, at);
      if (answer === null) {
        const size = await conn.read(buffer);
        if (size === null) throw new Error("The connection ended early");
        text += decoder.decode(buffer.subarray(0, size));
        continue;
      }
      check(answer, workload);
      received++;
      at = answer.end;
      headSize = answer.headSize;
    }
    return headSize;
  } catch (cause) {
    throw new Error(`Cannot measure ${name} with ${workload.name}: the answer is wrong`, { cause });
  } finally {
    clearTimeout(limit);
  }
}

function check({ status, body }: Received, { kind, answer }: Workload): void {
  if (status !== 200) throw new Error(`The status is ${status}`);
  if (kind === "upload" ? body !== answer && body !== "counted" : body !== answer) {
    throw new Error(`The body is ${JSON.stringify(body.slice(0, 100))}, of ${body.length} bytes`);
  }
}

/** Extracts a response from received text; `null` while it is incomplete. */
function receive(text: string, start: number): Received | null {
  const bodyStart = text.indexOf("\r\n\r\n", start) + 4;
  if (bodyStart < 4) return null;
  const head = text.slice(start, bodyStart);
  const status = Number(head.match(/^HTTP\/1\.1 (\d{3}) /)?.[1]);
  const headSize = bodyStart - start;
  const length = head.match(/\r\ncontent-length: *(\d+)\r\n/i)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return text.length < end ? null : { status, headSize, body: text.slice(bodyStart, end), end };
  }
  if (!/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) throw new Error(`The head has no framing: ${head}`);
  let body = "";
  for (let at = bodyStart;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (text.length < at) return null;
    if (size === 0) return { status, headSize, body, end: at };
    body += text.slice(lineEnd + 2, at - 2);
  }
}
