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
}

/**
 * Makes ready to be posted whatever a program has thrown. It never throws, whatever the parts of an error are and do: the
 * program would be told nothing.
 */
export function postError(error: unknown): PostedError {
  const kind = attempt(() => kindOf(error)) ?? null;
  const isError = attempt(() => error instanceof Error) === true;
  const name = isError ? read(error, "name") : "";
  const status = isError ? read(error, "status") : 0;
  const code = isError ? read(error, "code") : "";
  return {
    value: cloned(error),
    kind,
    name: typeof name === "string" ? name : "",
    status: typeof status === "number" ? status : 0,
    code: typeof code === "string" || typeof code === "number" ? code : "",
    address: kind === "ListenError"
      ? attempt(() => structuredClone((error as ListenError).address)) ?? null
      : null,
  };
}

/** Makes of what was posted the error that it was. */
export function receiveError(posted: PostedError): unknown {
  const { value, kind, name, code } = posted;
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  if (kind === null) return name === "" || name === value.name ? value : Object.assign(value, { name });
  return Object.assign(CLASSES[kind](message, posted), {
    message,
    stack,
    ...(cause === undefined ? {} : { cause }),
    ...(code === "" ? {} : { code }),
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
