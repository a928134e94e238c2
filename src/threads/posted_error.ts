import { ConnectionClosedError, HttpError, ResponseError } from "../http/errors.ts";
import { AddressError, ListenError } from "../net/errors.ts";
import type { Address } from "../net/socket.ts";

/** An error on its way between threads: a copy would keep neither its class nor, but for the language's own, its name. */
export interface PostedError {
  /** A clone of the error, or a description of what cannot be cloned. */
  readonly value: unknown;
  /** Which of this library's classes it is of. */
  readonly kind:
    | "HttpError"
    | "ConnectionClosedError"
    | "ResponseError"
    | "AddressError"
    | "ListenError"
    | null;
  readonly name: string;
  readonly status: number;
  readonly code: string | number;
  /** What could not be listened on. */
  readonly address: Address | null;
  /** What brought it about, which not every runtime clones. */
  readonly cause: PostedError | null;
}

/** So many errors, each the cause of the one before, are posted with it. */
const MAX_CAUSES = 8;

/**
 * Makes ready to be posted whatever a program has thrown. It never throws, whatever the parts of an error are and do: the
 * program would be told nothing.
 *
 * @param error What was thrown.
 * @param causes How many of its causes to post with it.
 */
export function postError(error: unknown, causes: number = MAX_CAUSES): PostedError {
  const kind = attempt(() => kindOf(error)) ?? null;
  const isError = attempt(() => error instanceof Error) === true;
  const name = isError ? read(error, "name") : "";
  const status = isError ? read(error, "status") : 0;
  const code = isError ? read(error, "code") : "";
  const cause = isError && causes > 0 ? read(error, "cause") : undefined;
  return {
    value: cloned(error),
    kind,
    name: typeof name === "string" ? name : "",
    status: typeof status === "number" ? status : 0,
    code: typeof code === "string" || typeof code === "number" ? code : "",
    address: kind === "ListenError"
      ? attempt(() => structuredClone((error as ListenError).address)) ?? null
      : null,
    cause: cause === undefined ? null : postError(cause, causes - 1),
  };
}

/** Makes of what was posted the error that it was. */
export function receiveError(posted: PostedError): unknown {
  const { value, kind, name, code, cause } = posted;
  if (!(value instanceof Error)) return value;
  const { message, stack } = value;
  const error = kind === null ? value : CLASSES[kind](message, posted);
  return Object.assign(error, {
    message,
    stack,
    ...(kind !== null || name === "" || name === value.name ? {} : { name }),
    ...(code === "" ? {} : { code }),
    ...(cause === null ? {} : { cause: receiveError(cause) }),
  });
}

/** How an error of each class is made again. */
const CLASSES: Readonly<
  Record<NonNullable<PostedError["kind"]>, (message: string, posted: PostedError) => Error>
> = {
  HttpError: (message, { status }) => new HttpError(status, message),
  ConnectionClosedError: (message) => new ConnectionClosedError(message),
  ResponseError: (message) => new ResponseError(message),
  AddressError: (message) => new AddressError(message),
  ListenError: (_message, { address, code }) => new ListenError(address ?? NOWHERE, String(code)),
};

/** For an address that was lost on the way. */
const NOWHERE: Address = { hostname: "", port: 0 };

function kindOf(error: unknown): PostedError["kind"] {
  if (error instanceof HttpError) return "HttpError";
  if (error instanceof ConnectionClosedError) return "ConnectionClosedError";
  if (error instanceof ResponseError) return "ResponseError";
  if (error instanceof AddressError) return "AddressError";
  return error instanceof ListenError ? "ListenError" : null;
}

function cloned(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return described(error);
  }
}

function described(error: unknown): Error {
  const message = read(error, "message");
  const stack = read(error, "stack");
  const words = typeof message === "string" ? message : attempt(() => String(error));
  const description = new Error(words ?? "What was thrown cannot be described");
  return typeof stack === "string" ? Object.assign(description, { stack }) : description;
}

/** A property of what was thrown; `undefined` where it cannot be read. */
function read(error: unknown, name: string): unknown {
  return attempt(() => (error as Readonly<Record<string, unknown>>)[name]);
}

/** What comes of an attempt; `undefined` where it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
