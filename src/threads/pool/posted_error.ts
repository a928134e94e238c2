import { ConnectionClosedError, HttpError, ResponseError } from "../../http/errors.ts";
import { AddressError, ChangedBytesError, ListenError } from "../../net/errors.ts";
import type { Address } from "../../net/socket.ts";

/**
 * A thrown value on its way between threads, as plain data. A structured clone of the value itself would lose
 * its class and its code, and may have accessors that throw in the thread that receives it.
 */
export type PostedError = PostedValue | PostedFailure;

/** A thrown value that is no error, such as a string. */
interface PostedValue {
  readonly kind: "value";
  /** A clone. */
  readonly value: unknown;
}

/** The parts of an error. */
interface PostedFailure {
  /** The nearest class that the receiving thread knows. */
  readonly kind: ErrorClass;
  readonly name: string;
  readonly message: string;
  /** `null` where the error has none. */
  readonly stack: string | null;
  /** `null` where the error has none, or another than a string or a number. */
  readonly code: string | number | null;
  /** The status of an `HttpError`, else 0. */
  readonly status: number;
  /** The address of a `ListenError`, else `null`. */
  readonly address: Address | null;
  /** Where the source text is wrong, as Bun's errors of syntax have it; else `null`. */
  readonly position: SourcePosition | null;
  /** `null` where the error has none. */
  readonly cause: PostedError | null;
  /** The errors of an `AggregateError`, else `null`. */
  readonly errors: readonly PostedError[] | null;
}

/** A place in a source file, as Bun has it. */
interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly lineText: string;
}

/** The classes that are made again, subclasses before the classes that they extend. */
const CLASSES = {
  HttpError: {
    of: HttpError,
    make: ({ status, message }: PostedFailure) =>
      new HttpError(status >= 400 && status <= 599 ? status : 500, message),
  },
  ConnectionClosedError: plainClass(ConnectionClosedError),
  ResponseError: plainClass(ResponseError),
  AddressError: plainClass(AddressError),
  ListenError: {
    of: ListenError,
    make: ({ address, code }: PostedFailure) => new ListenError(address ?? NOWHERE, String(code ?? "")),
  },
  ChangedBytesError: { of: ChangedBytesError, make: () => new ChangedBytesError() },
  DOMException: {
    of: DOMException,
    make: ({ name, message }: PostedFailure) => new DOMException(message, name),
  },
  AggregateError: {
    of: AggregateError,
    make: ({ message, errors }: PostedFailure) =>
      new AggregateError((errors ?? []).map(receiveError), message),
  },
  EvalError: plainClass(EvalError),
  RangeError: plainClass(RangeError),
  ReferenceError: plainClass(ReferenceError),
  SyntaxError: plainClass(SyntaxError),
  TypeError: plainClass(TypeError),
  URIError: plainClass(URIError),
  Error: plainClass(Error),
} satisfies Record<string, KnownClass>;

type ErrorClass = keyof typeof CLASSES;

interface KnownClass {
  /** The class. */
  // deno-lint-ignore no-explicit-any
  readonly of: abstract new (...args: any) => Error;
  /** Makes an error of it from the parts. */
  make(posted: PostedFailure): Error;
}

function plainClass(of: new (message: string) => Error): KnownClass {
  return { of, make: ({ message }) => new of(message) };
}

/** The address of a `ListenError` whose own cannot be posted. */
const NOWHERE: Address = { hostname: "", port: 0 };

/** Longest chain of causes, or of errors within errors, that is posted. */
const MAX_DEPTH = 8;

/**
 * Number of errors that are posted for one that was thrown: causes, and the errors of an `AggregateError`.
 */
const MAX_ERRORS = 64;

/** Characters of a message or stack that are posted: a handler may put a whole request into a message. */
const MAX_TEXT = 64 * 1024;

/** Limits what is posted for one thrown value. */
interface Budget {
  errors: number;
}

/**
 * Makes plain data of a thrown value. It never throws, whatever accessors and proxies the value consists of:
 * the program would not learn of the error otherwise.
 *
 * @param thrown Anything.
 * @returns Data that `postMessage` takes, of bounded size unless a value that is no error is large itself.
 */
export function postError(thrown: unknown): PostedError {
  return postWithin(thrown, MAX_DEPTH, { errors: MAX_ERRORS });
}

function postWithin(thrown: unknown, depth: number, budget: Budget): PostedError {
  budget.errors--;
  if (!isError(thrown)) return postValue(thrown);
  const kind = classOf(thrown);
  const cause = depth > 0 && budget.errors > 0 ? read(thrown, "cause") : undefined;
  const errors = kind === "AggregateError" && depth > 0 ? read(thrown, "errors") : undefined;
  return {
    kind,
    name: textOf(thrown, "name") ?? "",
    message: textOf(thrown, "message") ?? UNDESCRIBED,
    stack: textOf(thrown, "stack"),
    code: codeOf(thrown),
    status: numberOf(read(thrown, "status")),
    address: kind === "ListenError" ? addressOf(read(thrown, "address")) : null,
    position: positionOf(read(thrown, "position")),
    cause: cause === undefined ? null : postWithin(cause, depth - 1, budget),
    errors: attempt(() => Array.isArray(errors)) ? postErrors(errors as unknown[], depth - 1, budget) : null,
  };
}

/** Posts the first errors of an `AggregateError`, and in place of the others their number. */
function postErrors(errors: readonly unknown[], depth: number, budget: Budget): PostedError[] {
  const posted: PostedError[] = [];
  const length = numberOf(read(errors, "length"));
  for (let i = 0; i < length; i++) {
    if (budget.errors <= 0) {
      posted.push(failure(`${length - i} further errors were left out`, null));
      break;
    }
    posted.push(postWithin(read(errors, String(i)), depth, budget));
  }
  return posted;
}

/** Used as the message of what has none that can be read. */
const UNDESCRIBED = "What was thrown cannot be described";

function postValue(value: unknown): PostedError {
  try {
    return { kind: "value", value: structuredClone(value) };
  } catch {
    const message = textOf(value, "message") ?? cut(attempt(() => String(value)) ?? UNDESCRIBED);
    return failure(message, textOf(value, "stack"));
  }
}

function failure(message: string, stack: string | null): PostedFailure {
  return {
    kind: "Error",
    name: "Error",
    message,
    stack,
    code: null,
    status: 0,
    address: null,
    position: null,
    cause: null,
    errors: null,
  };
}

/** `true` if a value is an error, of this realm or another. */
function isError(value: unknown): boolean {
  return attempt(() =>
    value instanceof Error || Object.prototype.toString.call(value) === "[object Error]"
  ) ===
    true;
}

function classOf(error: unknown): ErrorClass {
  const known = Object.entries(CLASSES) as [ErrorClass, KnownClass][];
  for (const [name, { of }] of known) {
    if (attempt(() => error instanceof of) === true) return name;
  }
  // An error of another realm.
  const name = read(error, "name");
  return known.find(([known]) => known === name)?.[0] ?? "Error";
}

function codeOf(error: unknown): string | number | null {
  const code = read(error, "code");
  if (typeof code === "string") return cut(code);
  return typeof code === "number" ? code : null;
}

function addressOf(address: unknown): Address | null {
  const { path, hostname, port } = (attempt(() => structuredClone(address)) ?? {}) as Record<string, unknown>;
  if (typeof path === "string") return { path };
  return typeof hostname === "string" && typeof port === "number" ? { hostname, port } : null;
}

function positionOf(position: unknown): SourcePosition | null {
  const file = textOf(position, "file");
  const line = read(position, "line");
  if (file === null || typeof line !== "number") return null;
  const column = numberOf(read(position, "column"));
  return { file, line, column, lineText: textOf(position, "lineText") ?? "" };
}

/**
 * Makes an error again from what another thread posted. It never throws, whatever was posted.
 *
 * @param posted The result of {@linkcode postError}, or anything else that a program posted in its place.
 * @returns An error of the class that was thrown, as far as this library knows the class; or the value that
 * was thrown.
 */
export function receiveError(posted: PostedError): unknown {
  try {
    return posted.kind === "value" ? posted.value : restored(posted);
  } catch {
    return new Error("A thread posted an error that cannot be read");
  }
}

function restored(posted: PostedFailure): Error {
  const { kind, name, message, code, position, cause } = posted;
  const { make }: KnownClass = CLASSES[kind];
  const error = make(posted);
  const stack = shownStack(posted.stack ?? stackOf(posted));
  if (error.message !== message) define(error, "message", message, false);
  // Bun's console shows where the error was made, unless the stack has been read before it is replaced.
  if (stack !== null && read(error, "stack") !== stack) define(error, "stack", stack, false);
  if (name !== "" && error.name !== name) define(error, "name", name, false);
  if (code !== null && (error as { code?: unknown }).code !== code) define(error, "code", code, true);
  if (position !== null) define(error, "position", position, true);
  if (cause !== null) define(error, "cause", receiveError(cause), false);
  return error;
}

/** A call in a stack without the name of a function. */
const NAMELESS_CALL = /^(\s+at )([^(\n]+:\d+:\d+)$/gm;

/** Names every call of a stack on Bun: its console would show where this library made the error instead. */
function shownStack(stack: string | null): string | null {
  return stack !== null && "Bun" in globalThis ? stack.replace(NAMELESS_CALL, "$1<anonymous> ($2)") : stack;
}

/** Tells where the source text is wrong, where a runtime gives such an error no stack. */
function stackOf({ name, message, position }: PostedFailure): string | null {
  if (position === null) return null;
  return `${name}: ${message}\n    at ${position.file}:${position.line}:${position.column}`;
}

/**
 * Gives an error a property of its own, in front of an accessor of its class; as a runtime would, where it
 * refuses.
 */
function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  attempt(() =>
    Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true })
  );
}

/** A property that is text; `null` where it is something else or cannot be read. */
function textOf(value: unknown, name: string): string | null {
  const text = read(value, name);
  return typeof text === "string" ? cut(text) : null;
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}...`;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** A property of a thrown value; `undefined` where it cannot be read. */
function read(value: unknown, name: string): unknown {
  return attempt(() => (value as Readonly<Record<string, unknown>>)[name]);
}

/** The result of an attempt; `undefined` where it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
