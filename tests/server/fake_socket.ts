import type { Address, Socket } from "../../src/net/socket.ts";

/** A socket that notes what it is told, and sends as much as the test says. */
export class FakeSocket implements Socket {
  readonly remoteAddress: Address = { hostname: "192.0.2.1", port: 1234 };
  unsent = 0;
  /** The calls so far; of writes, a character for each byte. */
  readonly calls: string[] = [];
  /** What the next `flush` returns: `false` where the client does not keep up. */
  keepsUp = true;

  write(data: string | Uint8Array): void {
    if (typeof data === "string" && /[^\0-\x7f]/.test(data)) throw new Error("Text is not ASCII");
    this.calls.push(`write ${typeof data === "string" ? data : String.fromCharCode(...data)}`);
  }

  flush(): boolean {
    this.calls.push("flush");
    return this.keepsUp;
  }

  pause(): void {
    this.calls.push("pause");
  }

  resume(): void {
    this.calls.push("resume");
  }

  end(): void {
    this.calls.push("end");
  }

  reset(): void {
    this.calls.push("reset");
  }

  destroy(): void {
    this.calls.push("destroy");
  }

  /** The calls since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
