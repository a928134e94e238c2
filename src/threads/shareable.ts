import { isClass } from "../exchange/handler.ts";

/**
 * Stands in an error of the compiler where a value is that threads cannot share, and says what it is. No
 * value has this type.
 */
export interface Unshareable<What extends string> {
  /** The kind of the value, in words. */
  readonly "threads cannot share": What;
}

/**
 * Values that threads can share, hyper's `Sync` as a type: a `SharedArrayBuffer` and typed arrays and
 * `DataView`s over one, which every thread sees change; and plain data, of which every thread gets a copy:
 * strings, numbers, booleans, bigints, `null`, `undefined`, and objects and arrays of all these. Anything
 * else is refused where it stands: functions, symbols, instances of classes, promises, views of an
 * `ArrayBuffer`.
 *
 * It is used as `T & Shareable<T>`, so that `T` is inferred. The compiler cannot tell an instance of a class
 * without methods from a plain object; {@linkcode assertShareable} can, and sees every state before a thread
 * does.
 *
 * @example
 * ```ts
 * import type { Shareable } from "@handoff/server";
 *
 * function share<State>(state: State & Shareable<State>): State {
 *   return state;
 * }
 *
 * share({ hits: new BigInt64Array(new SharedArrayBuffer(8)), greeting: "Hello", ports: [80, 443] });
 * // share({ hits: new BigInt64Array(8) }) does not compile: each thread would count in a copy of its own
 * // share({ greet: () => "Hello" }) does not: what a function has captured stays on its thread
 * ```
 */
export type Shareable<T> = T extends
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | SharedArrayBuffer
  | ArrayBufferView<SharedArrayBuffer> ? T
  : T extends ArrayBufferView ? ArrayBufferView<SharedArrayBuffer>
  : T extends ArrayBuffer ? SharedArrayBuffer
  : T extends symbol ? Unshareable<"a symbol">
  : T extends (...args: never) => unknown ? Unshareable<"a function">
  : T extends abstract new (...args: never) => unknown ? Unshareable<"a class">
  : T extends PromiseLike<unknown> ? Unshareable<"a promise">
  : T extends Date ? Unshareable<"a Date">
  : T extends RegExp ? Unshareable<"a RegExp">
  : T extends ReadonlyMap<unknown, unknown> | WeakMap<WeakKey, unknown> ? Unshareable<"a Map">
  : T extends ReadonlySet<unknown> | WeakSet<WeakKey> ? Unshareable<"a Set">
  : T extends readonly (infer Element)[]
    ? keyof T extends keyof Element[] | `${number}` ? readonly Shareable<Element>[]
    : Unshareable<"an instance of an array's subclass">
  : T extends object ? { readonly [Key in keyof T]: Shareable<T[Key]> }
  : Unshareable<"a value of unknown type">;

/** How deep data may be nested. It is copied by functions of the runtimes that call themselves. */
const MAX_DEPTH = 200;

/** A name that can stand behind a dot. */
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

const TypedArray: unknown = Object.getPrototypeOf(Uint8Array.prototype);

/**
 * Checks at run time what {@linkcode Shareable} checks at compile time, and what it cannot see.
 *
 * A plain object has `Object.prototype` or `null` for its prototype, and no accessors, hidden properties or
 * symbols for keys: a copy would have lost them. For the same reason an array has nothing but its elements.
 *
 * @param state What is to be shared.
 * @throws {TypeError} If threads cannot share it. The message names the place and the reason:
 * `Cannot share state.users[0].name: it is a function`.
 */
export function assertShareable(state: unknown): void {
  visit(state, [], new Set(), new Set());
}

/**
 * Copies what is to be shared, but for the memory.
 *
 * @param state What {@linkcode assertShareable} has found good.
 * @throws {TypeError} If it cannot be copied after all, as a proxy cannot, which looks like what it stands
 * for. The message names the place.
 */
export function copyState<State>(state: State): State {
  try {
    return structuredClone(state);
  } catch {
    return refuse(pathToUncopyable(state), "it cannot be copied");
  }
}

function isCopyable(state: unknown): boolean {
  try {
    structuredClone(state);
    return true;
  } catch {
    return false;
  }
}

function pathToUncopyable(value: unknown): PropertyKey[] {
  const inside = Object.entries(value as object).find(([, inner]) => !isCopyable(inner));
  return inside === undefined ? [] : [inside[0], ...pathToUncopyable(inside[1])];
}

/**
 * @param path The keys that lead here.
 * @param above The objects that this value is in.
 * @param seen The objects that were found good: one may stand in several places.
 */
function visit(value: unknown, path: PropertyKey[], above: Set<object>, seen: Set<object>): void {
  if (typeof value === "function") refuse(path, isClass(value) ? "it is a class" : "it is a function");
  if (typeof value === "symbol") refuse(path, "it is a symbol");
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (above.has(value)) refuse(path, "it contains itself");
  if (path.length > MAX_DEPTH) refuse(path, `it is nested more than ${MAX_DEPTH} levels deep`);
  if (isShared(value, path)) return;
  above.add(value);
  for (const key of Reflect.ownKeys(value)) {
    if (key === "length" && Array.isArray(value)) continue;
    path.push(key);
    visit(dataProperty(value, key, path), path, above, seen);
    path.pop();
  }
  above.delete(value);
  seen.add(value);
}

/** Tells memory that threads share from plain objects and arrays, and refuses every other object. */
function isShared(value: object, path: readonly PropertyKey[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) {
    return Array.isArray(value) === (prototype === Array.prototype) ? false : refuse(path, instanceOf(value));
  }
  if (prototype === SharedArrayBuffer.prototype) return true;
  if (prototype === ArrayBuffer.prototype) refuse(path, `it is an ArrayBuffer${USE_SHARED}`);
  if (!ArrayBuffer.isView(value)) refuse(path, instanceOf(value));
  // A subclass, such as Node's Buffer, would arrive as what it is made from.
  const isBuiltIn = prototype === DataView.prototype ||
    Object.getPrototypeOf(prototype as object) === TypedArray;
  if (!isBuiltIn) refuse(path, instanceOf(value));
  if (value.buffer instanceof SharedArrayBuffer) return true;
  return refuse(path, `it is a view of an ArrayBuffer${USE_SHARED}`);
}

const USE_SHARED = "; threads share a SharedArrayBuffer";

/** The value of a property that a copy would have too. */
function dataProperty(object: object, key: PropertyKey, path: readonly PropertyKey[]): unknown {
  if (typeof key === "symbol") refuse(path, "its key is a symbol");
  const property = Object.getOwnPropertyDescriptor(object, key);
  if (property === undefined) return undefined;
  if (property.get !== undefined || property.set !== undefined) refuse(path, "it is an accessor");
  if (!property.enumerable) refuse(path, "it is not enumerable");
  if (Array.isArray(object) && !isIndex(String(key))) refuse(path, "an array has only elements");
  return property.value;
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return String(index) === key && Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1;
}

function instanceOf(value: object): string {
  const name = nameOf(value);
  return name === "" ? "it is not a plain object" : `it is an instance of ${name}`;
}

/** The name of a value's class; empty if it has none that can be told. */
function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null) return "";
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function" || constructor === Object) return "";
  return constructor.name;
}

function refuse(path: readonly PropertyKey[], reason: string): never {
  throw new TypeError(`Cannot share ${describe(path)}: ${reason}`);
}

/** `state.users[0].name`; the middle of a long path is left out. */
function describe(path: readonly PropertyKey[]): string {
  const keys = path.map((key) => {
    if (typeof key === "symbol") return `[${String(key)}]`;
    if (typeof key === "number" || isIndex(key)) return `[${key}]`;
    return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  if (keys.length > 20) keys.splice(10, keys.length - 20, " … ");
  return `state${keys.join("")}`;
}
