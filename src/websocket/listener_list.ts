/** A listener as `addEventListener` takes it. */
export type SocketListener<E> = ((event: E) => unknown) | { handleEvent(event: E): unknown } | null;

/** One registration. */
interface Registration {
  readonly type: string;
  readonly callback: NonNullable<SocketListener<never>>;
  readonly capture: boolean;
  readonly once: boolean;
  /** Whether it was set as an `on...` attribute. */
  readonly attribute: boolean;
  removed: boolean;
}

const NONE: readonly Registration[] = [];

/** The listeners of an event target, DOM section 2.7, which here has neither parents nor events that can be canceled. */
export class ListenerList {
  /** In order of registration; replaced by each change, so that a dispatch that is under way goes by the old one. */
  #registrations: readonly Registration[] = NONE;

  /** Tells whether there is a listener of a type. */
  has(type: string): boolean {
    const registrations = this.#registrations;
    for (let i = 0; i < registrations.length; i++) if (registrations[i]!.type === type) return true;
    return false;
  }

  /** `addEventListener`. */
  add(type: string, callback: SocketListener<never>, options?: boolean | AddEventListenerOptions): void {
    const { capture = false, once = false, signal } = typeof options === "object"
      ? options
      : { capture: options === true };
    if (callback === null || callback === undefined || signal?.aborted === true) return;
    if (this.#find(type, callback, capture, false) !== undefined) return;
    this.#push({ type, callback, capture, once, attribute: false, removed: false });
    signal?.addEventListener("abort", () => this.remove(type, callback, capture), { once: true });
  }

  /** `removeEventListener`. */
  remove(type: string, callback: SocketListener<never>, options?: boolean | EventListenerOptions): void {
    if (callback === null || callback === undefined) return;
    const capture = typeof options === "object" ? options.capture === true : options === true;
    const found = this.#find(type, callback, capture, false);
    if (found !== undefined) this.#drop(found);
  }

  /** The value of an `on...` attribute. */
  attribute<E>(type: string): ((event: E) => unknown) | null {
    const found = this.#registrations.find((one) => one.attribute && one.type === type);
    return found === undefined ? null : found.callback as (event: E) => unknown;
  }

  /** Sets an `on...` attribute: it keeps its place among the listeners while it is a function. */
  setAttribute(type: string, callback: ((event: never) => unknown) | null): void {
    const found = this.#registrations.find((one) => one.attribute && one.type === type);
    if (typeof callback !== "function") return found === undefined ? undefined : this.#drop(found);
    const registration = { type, callback, capture: false, once: false, attribute: true, removed: false };
    if (found === undefined) return this.#push(registration);
    found.removed = true;
    this.#registrations = this.#registrations.map((one) => one === found ? registration : one);
  }

  /**
   * Calls the listeners of an event.
   *
   * @param target The event target: what `this` is in a function.
   * @param stopped Tells whether a listener has stopped the event.
   * @param fault Gets what a listener throws, or rejects with.
   */
  dispatch<T extends object>(
    type: string,
    event: object,
    target: T,
    stopped: (event: object) => boolean,
    fault: (target: T, error: unknown) => void,
  ): void {
    const registrations = this.#registrations;
    for (let i = 0; i < registrations.length; i++) {
      const registration = registrations[i]!;
      if (registration.type !== type || registration.removed) continue;
      if (registration.once) this.#drop(registration);
      try {
        const { callback } = registration;
        const result = typeof callback === "function"
          ? callback.call(target, event as never)
          : callback.handleEvent(event as never);
        if (result instanceof Promise) result.catch((error) => fault(target, error));
      } catch (error) {
        fault(target, error);
      }
      if (stopped(event)) return;
    }
  }

  #find(type: string, callback: unknown, capture: boolean, attribute: boolean): Registration | undefined {
    return this.#registrations.find((one) => {
      return one.type === type && one.callback === callback && one.capture === capture &&
        one.attribute === attribute;
    });
  }

  #push(registration: Registration): void {
    this.#registrations = [...this.#registrations, registration];
  }

  #drop(registration: Registration): void {
    registration.removed = true;
    this.#registrations = this.#registrations.filter((one) => one !== registration);
  }
}
