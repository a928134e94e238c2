import { ConnectionClosedError, HttpError, ResponseError } from "../http/errors.ts";
import { ListenError } from "../net/errors.ts";

/** An error on its way between threads: a copy would keep neither its class nor, but for the language's own, its name. */
export interface PostedError {
  /** A clone of the error, or a description of what cannot be cloned. */
  readonly value: unknown;
  /** Which of this library's classes it is of. */
  readonly kind: "HttpError" | "ConnectionClosedError" | "ResponseError" | "ListenError" | null;
  readonly name: string;
  readonly status: number;
  readonly code: string;
}

/** Makes ready to be posted whatever a program has thrown. */
export function postError(error: unknown): PostedError {
  const { name = "", status = 0, code = "" } = error instanceof Error
    ? error as Error & Partial<PostedError>
    : {};
  return { value: cloned(error), kind: kindOf(error), name, status, code };
}

/** Makes of what was posted the error that it was. */
export function receiveError({ value, kind, name, status, code }: PostedError): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  if (kind === null) return name === "" || name === value.name ? value : Object.assign(value, { name });
  const error = kind === "HttpError" ? new HttpError(status, message) : new CLASSES[kind](message);
  return Object.assign(error, {
    stack,
    ...(cause === undefined ? {} : { cause }),
    ...(code === "" ? {} : { code }),
  });
}

const CLASSES = {
  ConnectionClosedError,
  ResponseError,
  /** A listener's error keeps its words; what could not be listened on is in them. */
  ListenError: class extends Error {
    override readonly name = "ListenError";
  },
};

function kindOf(error: unknown): PostedError["kind"] {
  if (error instanceof HttpError) return "HttpError";
  if (error instanceof ConnectionClosedError) return "ConnectionClosedError";
  if (error instanceof ResponseError) return "ResponseError";
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
