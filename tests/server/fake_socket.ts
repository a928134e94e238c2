import type { Address, Socket } from "../../src/net/socket.ts";

/** A socket that records its calls, and sends as much as the test allows. */
export class FakeSocket implements Socket {
  readonly remoteAddress: Address = { hostname: "192.0.2.1", port: 1234 };
  unsent = 0;
  /** The calls so far; writes with one character for each byte. */
  readonly calls: string[] = [];
  /** Result of the next `flush`: `false` if the client does not keep up. */
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

  /** Returns the calls since the last call of this method. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
