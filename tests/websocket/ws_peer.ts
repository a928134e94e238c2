import { Duplex } from "node:stream";
import { Buffer } from "node:buffer";
import { WebSocketServer } from "npm:ws@8.23.0";
import { serverFramesAndRest } from "./frames.ts";
import { FUZZ_LIMITS, type Verdict } from "./fuzz_reference.ts";

/** What is used of `ws`, which brings no types. */
interface WsClient {
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "ping", listener: (data: Buffer) => void): void;
  on(event: "error", listener: () => void): void;
  terminate(): void;
}

/** A connection in memory, with what `ws` asks of a `net.Socket`. */
class MemorySocket extends Duplex {
  readonly written: Uint8Array[] = [];

  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  override _read(): void {}
  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written.push(new Uint8Array(chunk));
    done();
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the npm package `ws` makes of a client's bytes. */
export async function verdictOfWs(input: Uint8Array): Promise<Verdict> {
  const { maxMessageSize, maxFragments } = FUZZ_LIMITS;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageSize,
    maxFragments,
    allowSynchronousEvents: true,
  } as never);
  const socket = new MemorySocket();
  const request = {
    method: "GET",
    socket,
    headers: {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
    },
  };
  const events: string[] = [];
  server.handleUpgrade(request as never, socket as never, Buffer.alloc(0), (client: WsClient) => {
    client.on("message", (data: Buffer, isBinary: boolean) => {
      events.push(`${isBinary ? "binary" : "text"} ${hex(data)}`);
    });
    client.on("ping", (data: Buffer) => void events.push(`ping ${hex(data)}`));
    client.on("error", () => {});
  });
  socket.push(Buffer.from(input));
  // ws works through its input in several turns.
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  const all = Buffer.concat(socket.written);
  const { frames } = serverFramesAndRest(new Uint8Array(all.subarray(all.indexOf("\r\n\r\n") + 4)));
  const payload = frames.find(({ opcode }) => opcode === 8)?.payload;
  const close = payload === undefined ? 0 : payload.length === 0 ? 1005 : payload[0]! << 8 | payload[1]!;
  for (const client of server.clients) client.terminate();
  socket.destroy();
  return { events, close, clean: false };
}
