import type { Address } from "../../net/socket.ts";
import type { TlsCredentials, TlsOptions } from "../../net/tls.ts";
import type { AcceptWay } from "../../server/listening.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { PostedError } from "./posted_error.ts";
import type { PostedRecord, PostedSummary } from "./posted_record.ts";
import type { Limits, Settings, Timeouts } from "../../server/options.ts";

/** The `workerData` of a thread. */
export interface ThreadData {
  /** Tells a thread of this library from any other worker. */
  readonly handoff: "thread";
  /** 0 to the number of threads less one. */
  readonly thread: number;
  /** The URL of the module that has the handler. */
  readonly module: string;
  /**
   * For a program whose `handle` call is to be joined: the address as that call gives it, by `callKey`.
   * Absent where the module's default export is the handler.
   */
  readonly join?: string;
  /** For such a program: the outcomes of the calls that it made on the first thread before that call. */
  readonly outcomes?: Outcomes;
  /** The `state` of the program, cloned for this thread. */
  readonly state: unknown;
  /** How connections are shared. */
  readonly way: Exclude<AcceptWay, "single">;
  readonly tls?: TlsOptions;
  /** `true` if connections are encrypted. */
  readonly secure: boolean;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  /** `true` if the program wants to be told of responses. */
  readonly records: boolean;
  readonly trustProxy: Settings["trustProxy"];
  readonly proxyProtocol: Settings["proxyProtocol"];
  /** The counters of all threads. */
  readonly statistics: SharedArrayBuffer;
  /** How the thread shows that it is not stuck; `null` where nobody watches. */
  readonly heartbeat: Heartbeat | null;
}

/** A server that listens on the program's first thread. */
export interface Listened {
  readonly address: Address;
  readonly threads: number;
  readonly accept: AcceptWay;
  readonly secure: boolean;
}

/** The outcome of a `handle` call; `null` while it is pending. */
export type Outcome = Listened | { readonly error: PostedError } | null;

/** The outcomes of calls by `callKey`. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** Messages to a thread, beside the batches of `"dispatch"`. */
export type ToThread =
  | { readonly type: "listen"; readonly address: Address; readonly credentials: TlsCredentials | null }
  | { readonly type: "setCertificates"; readonly credentials: TlsCredentials }
  | { readonly type: "connection"; readonly socket: unknown }
  | { readonly type: "address"; readonly address: Address }
  | { readonly type: "draining" }
  | { readonly type: "drain" }
  | { readonly type: "cut" };

/** Messages of a thread, beside the batches of `"dispatch"`. */
export type FromThread =
  | { readonly type: "begun" }
  | { readonly type: "ready"; readonly hooks: Hooks }
  | { readonly type: "failed"; readonly error: PostedError }
  | { readonly type: "listening" }
  | { readonly type: "listenFailed"; readonly error: PostedError }
  | { readonly type: "certificatesSet" }
  | { readonly type: "certificatesFailed"; readonly error: PostedError }
  | { readonly type: "error"; readonly error: PostedError; readonly request: PostedSummary | null }
  | { readonly type: "responses"; readonly records: readonly PostedRecord[] }
  | { readonly type: "uncaught"; readonly error: PostedError }
  | { readonly type: "connectionEnded" }
  | { readonly type: "drained" };

/** The optional methods that the handler has: without them the accepting thread sends no such messages. */
export interface Hooks {
  /** `onConnectionStart` or `onConnectionEnd`. */
  readonly connections: boolean;
}

/** The types of messages that have an error. */
const WITH_ERROR: ReadonlySet<unknown> = new Set<FromThread["type"]>([
  "failed",
  "listenFailed",
  "certificatesFailed",
  "error",
  "uncaught",
]);

/** The types of messages that have nothing else. */
const ALONE: ReadonlySet<unknown> = new Set<FromThread["type"]>([
  "begun",
  "listening",
  "certificatesSet",
  "connectionEnded",
  "drained",
]);

/**
 * `true` if a message is one of the server's code in a thread, rather than one that the handler's module
 * posted.
 */
export function isFromThread(message: unknown): message is FromThread {
  if (typeof message !== "object" || message === null) return false;
  const { type, hooks, error, records } = message as Readonly<Record<string, unknown>>;
  if (type === "ready") return typeof hooks === "object" && hooks !== null;
  if (type === "responses") return Array.isArray(records);
  if (WITH_ERROR.has(type)) return typeof error === "object" && error !== null;
  return ALONE.has(type);
}
