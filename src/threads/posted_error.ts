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
  readonly code: string;
  /** What could not be listened on. */
  readonly address: Address | null;
}

/** Makes ready to be posted whatever a program has thrown. */
export function postError(error: unknown): PostedError {
  const { name = "", status = 0, code = "" } = error instanceof Error
    ? error as Error & Partial<PostedError>
    : {};
  const address = error instanceof ListenError ? error.address : null;
  return { value: cloned(error), kind: kindOf(error), name, status, code, address };
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
  ListenError: (_message, { address, code }) => new ListenError(address ?? NOWHERE, code),
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
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return Object.assign(new Error(message), { stack });
  }
}
