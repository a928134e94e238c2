type Members = Record<PropertyKey, unknown>;

/**
 * The method by which an object that stands for one of the runtime's gives the runtime's own. It is
 * registered for the whole process, so that another copy of this package finds it too.
 */
export const NATIVE: unique symbol = Symbol.for("handoff.native") as typeof NATIVE;

/** An object that stands for one of the runtime's. */
export interface Delegate {
  [NATIVE](): object;
}

/**
 * Completes a class that stands for one of the runtime's: its prototype inherits from the runtime's, and each
 * member that it does not define itself is that of the object that it stands for.
 *
 * @param prototype The prototype of the class.
 * @param native The prototype of the runtime's class.
 * @param sample An object of the runtime's class. Deno and Node 22 keep the parts of their objects under
 * symbols. With those delegated too, functions of the runtime take an object of the class for one of their
 * own.
 */
export function delegateMembers(prototype: Delegate, native: object, sample: object): void {
  // With the inherited one `object.constructor` is the global class.
  Reflect.deleteProperty(prototype, "constructor");
  for (const name of [...Reflect.ownKeys(native), ...Object.getOwnPropertySymbols(sample)]) {
    // What all objects share, such as the name of the class and the way the console shows one, is inherited.
    if (name === "constructor" || Object.hasOwn(prototype, name)) continue;
    if (typeof name === "symbol" && Object.hasOwn(native, name)) continue;
    const isMethod = typeof Object.getOwnPropertyDescriptor(native, name)?.value === "function";
    Object.defineProperty(prototype, name, {
      configurable: true,
      ...(isMethod ? { value: methodOf(name), writable: true } : accessorOf(name)),
    });
  }
  Object.setPrototypeOf(prototype, native);
}

function methodOf(name: PropertyKey) {
  return function (this: Delegate, ...args: unknown[]): unknown {
    const native = this[NATIVE]() as Members;
    return (native[name] as (...args: unknown[]) => unknown)(...args);
  };
}

function accessorOf(name: PropertyKey) {
  return {
    get(this: Delegate): unknown {
      return (this[NATIVE]() as Members)[name];
    },
    set(this: Delegate, value: unknown): void {
      (this[NATIVE]() as Members)[name] = value;
    },
  };
}

/**
 * The runtime's object in place of one that stands for it.
 *
 * @param value Anything.
 * @returns The value itself if it stands for nothing.
 */
export function nativeOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const delegate = value as T & Partial<Delegate>;
  return delegate[NATIVE] === undefined ? value : delegate[NATIVE]() as T;
}

/**
 * Lets the members of a runtime's prototype be called with objects that stand for the runtime's, as in
 * `Request.prototype.text.call(request)`. On Bun only methods can be changed so: its getters are not
 * configurable.
 *
 * @param native The prototype. It is changed.
 */
export function acceptDelegates(native: object): void {
  for (const name of Reflect.ownKeys(native)) {
    const descriptor = Object.getOwnPropertyDescriptor(native, name)!;
    if (name === "constructor") continue;
    if (typeof descriptor.value === "function" && descriptor.writable) {
      Object.defineProperty(native, name, { ...descriptor, value: accepting(descriptor.value) });
    } else if (descriptor.get !== undefined && descriptor.configurable) {
      Object.defineProperty(native, name, { ...descriptor, get: accepting(descriptor.get) });
    }
  }
}

type Member = (...args: never[]) => unknown;

function accepting(member: Member): Member {
  function accept(this: unknown, ...args: never[]): unknown {
    return Reflect.apply(member, nativeOf(this), args);
  }
  Object.defineProperty(accept, "name", { value: member.name, configurable: true });
  Object.defineProperty(accept, "length", { value: member.length, configurable: true });
  return accept;
}
