import { writeFrameHeader } from "./frame_header.ts";
import { gatherFrames, sendGathered } from "./frame_output.ts";
import { BINARY, FIN, TEXT } from "./opcode.ts";
import { sendEncoded, type ServerWebSocket, whenClosed } from "./server_websocket.ts";

/** Options of {@linkcode broadcast}. */
export interface BroadcastOptions {
  /**
   * The fate of a socket whose client does not keep up, so that more than its `maxQueued` bytes wait: `"cut"` cuts the
   * connection, so that the client knows that it has missed messages and connects again; `"skip"` leaves this message out.
   *
   * @default {"cut"}
   */
  readonly whenFull?: "cut" | "skip";
}

/** A `BroadcastChannel` with what Node and Bun add to it. */
interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
  unref?(): void;
}

const encoder = new TextEncoder();

/** The channels of this thread. */
const channels = new Map<string, SocketBroadcast>();

/**
 * Publishes messages to sockets of all threads: see {@linkcode broadcast}.
 */
export class SocketBroadcast implements Disposable {
  /** The name of the channel. */
  readonly name: string;
  readonly #skip: boolean;
  readonly #sockets = new Set<ServerWebSocket>();
  /** Sockets that are removed once they are closed. */
  readonly #watched = new WeakSet<ServerWebSocket>();
  #channel: Channel | null = null;
  #closed = false;

  /**
   * Made by {@linkcode broadcast} alone.
   *
   * @param name The name of the channel.
   * @param options The options.
   */
  constructor(name: string, options: BroadcastOptions) {
    this.name = name;
    this.#skip = options.whenFull === "skip";
  }

  /** Number of sockets of this thread that are subscribed. */
  get size(): number {
    return this.#sockets.size;
  }

  /**
   * Sends a socket what is published from now on, until it is closed.
   *
   * @param socket A socket of this thread.
   * @throws {TypeError} If the channel has been closed.
   */
  subscribe(socket: ServerWebSocket): void {
    this.#assertOpen("subscribe");
    if (socket.readyState === 3) return;
    this.#sockets.add(socket);
    this.#open();
    if (this.#watched.has(socket)) return;
    this.#watched.add(socket);
    whenClosed(socket, (closed) => this.unsubscribe(closed));
  }

  /**
   * Ends that.
   *
   * @param socket A socket; one that is not subscribed is left as it is.
   */
  unsubscribe(socket: ServerWebSocket): void {
    if (!this.#sockets.delete(socket) || this.#sockets.size > 0) return;
    // On Deno a channel cannot be told to let the thread end, so it is there only while it is needed.
    if (this.#channel?.unref === undefined) this.#leave();
  }

  /**
   * Sends a message to the subscribed sockets of all threads. It is encoded once, and is not compressed. Messages of one
   * thread arrive in order; those of several threads do so in any order.
   *
   * @param message Text, or bytes, which may be changed afterwards.
   * @throws {TypeError} If the channel has been closed, or the message is neither text nor bytes.
   */
  publish(message: string | ArrayBufferLike | ArrayBufferView): void {
    this.#assertOpen("publish");
    const frame = encodeFrame(message);
    this.#send(frame);
    const channel = this.#open();
    channel.postMessage(frame);
    if (this.#sockets.size === 0 && channel.unref === undefined) this.#leave();
  }

  /** Ends the channel on this thread: its sockets get nothing more. They stay open. */
  close(): void {
    this.#closed = true;
    this.#sockets.clear();
    this.#leave();
    if (channels.get(this.name) === this) channels.delete(this.name);
  }

  /** {@linkcode SocketBroadcast.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #assertOpen(action: string): void {
    if (this.#closed) throw new TypeError(`Cannot ${action}: the channel "${this.name}" has been closed`);
  }

  #open(): Channel {
    if (this.#channel !== null) return this.#channel;
    const channel = new BroadcastChannel(`handoff.broadcast:${this.name}`) as unknown as Channel;
    channel.onmessage = ({ data }) => {
      if (data instanceof Uint8Array && isMessageFrame(data)) this.#send(data);
    };
    channel.unref?.();
    return this.#channel = channel;
  }

  #leave(): void {
    this.#channel?.close();
    this.#channel = null;
  }

  #send(frame: Uint8Array): void {
    if (this.#sockets.size === 0) return;
    gatherFrames();
    for (const socket of this.#sockets) sendEncoded(socket, frame, this.#skip);
    sendGathered();
  }
}

/**
 * The channel of a name: whatever is published on it, by whichever thread of the process, reaches the sockets that are
 * subscribed to it on all of them.
 *
 * @param name Any name. Another call with the same name on the same thread returns the same channel, with the options of the
 * first call.
 * @param options The options.
 * @returns The channel.
 *
 * @example
 * ```ts
 * import type { Request, Response } from "@handoff/server";
 * import { acceptWebSocket, broadcast } from "@handoff/server/websocket";
 *
 * const chat = broadcast("chat");
 *
 * export default async function handler(req: Request, res: Response): Promise<void> {
 *   const socket = await acceptWebSocket(req, res);
 *   chat.subscribe(socket);
 *   for await (const message of socket) chat.publish(message);
 * }
 * ```
 */
export function broadcast(name: string, options: BroadcastOptions = {}): SocketBroadcast {
  let channel = channels.get(name);
  if (channel === undefined) channels.set(name, channel = new SocketBroadcast(name, options));
  return channel;
}

/** Encodes a message as one frame, in a buffer of its own. */
function encodeFrame(message: string | ArrayBufferLike | ArrayBufferView): Uint8Array {
  const payload = typeof message === "string"
    ? encoder.encode(message)
    : ArrayBuffer.isView(message)
    ? new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
    : new Uint8Array(assertBuffer(message));
  const frame = new Uint8Array(10 + payload.length);
  const at = writeFrameHeader(frame, 0, FIN | (typeof message === "string" ? TEXT : BINARY), payload.length);
  frame.set(payload, at);
  return at === 10 ? frame : frame.slice(0, at + payload.length);
}

/** Blobs are refused: they would have to be read first, and later messages would overtake them. */
function assertBuffer(message: unknown): ArrayBufferLike {
  const tag = Object.prototype.toString.call(message);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") {
    return message as ArrayBufferLike;
  }
  throw new TypeError("Cannot publish: the message is neither text, an ArrayBuffer nor a view of one");
}

/** Tells whether bytes that another thread has posted are one whole message. */
function isMessageFrame(frame: Uint8Array): boolean {
  if (frame[0] !== (FIN | TEXT) && frame[0] !== (FIN | BINARY)) return false;
  const head = new Uint8Array(10);
  for (const size of [2, 4, 10]) {
    const length = frame.length - size;
    if (length < 0 || writeFrameHeader(head, 0, frame[0], length) !== size) continue;
    if (head.subarray(0, size).every((byte, i) => byte === frame[i])) return true;
  }
  return false;
}
