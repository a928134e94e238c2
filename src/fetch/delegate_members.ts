type Members = Record<PropertyKey, unknown>;

/**
 * Completes a class that stands for one of the runtime's: its prototype inherits from the runtime's, and
 * every member that it does not define itself is had from the object that it stands for.
 *
 * @param prototype Of the class.
 * @param native What it stands for.
 * @param sample An object of the runtime's. Deno and Node 22 keep the parts of their objects under symbols;
 * with those forwarded too, their own functions take an object of the class for one of theirs.
 * @param whole Gives the runtime's object in the place of one of the class.
 */
export function delegateMembers<T extends object>(
  prototype: T,
  native: object,
  sample: object,
  whole: (object: T) => object,
): void {
  // The runtime's, by which `object.constructor` is the global class.
  Reflect.deleteProperty(prototype, "constructor");
  for (const name of [...Reflect.ownKeys(native), ...Object.getOwnPropertySymbols(sample)]) {
    // What is shared by all objects, such as the class's name and how the console shows one, is inherited.
    if (name === "constructor" || Object.hasOwn(prototype, name)) continue;
    if (typeof name === "symbol" && Object.hasOwn(native, name)) continue;
    const isMethod = typeof Object.getOwnPropertyDescriptor(native, name)?.value === "function";
    Object.defineProperty(prototype, name, {
      configurable: true,
      ...(isMethod ? { value: methodOf(name, whole), writable: true } : accessorOf(name, whole)),
    });
  }
  Object.setPrototypeOf(prototype, native);
}

function methodOf<T extends object>(name: PropertyKey, whole: (object: T) => object) {
  return function (this: T, ...args: unknown[]): unknown {
    const native = whole(this) as Members;
    return (native[name] as (...args: unknown[]) => unknown)(...args);
  };
}

function accessorOf<T extends object>(name: PropertyKey, whole: (object: T) => object) {
  return {
    get(this: T): unknown {
      return (whole(this) as Members)[name];
    },
    set(this: T, value: unknown): void {
      (whole(this) as Members)[name] = value;
    },
  };
}
