/** The socket that an event belongs to. */
type EventSource = EventTarget | null;

/**
 * An event of a {@linkcode ServerWebSocket}: all members of `Event`, and `instanceof Event`, without the constructor of the
 * runtime, which costs up to a hundred times as much: see `scripts/bench`. It cannot be dispatched at another target.
 */
export class SocketEvent {
  static {
    Object.setPrototypeOf(SocketEvent.prototype, Event.prototype);
  }

  readonly #type: string;
  readonly #target: EventSource;
  #time = 0;
  #stopped = false;
  /** Whether listeners are being called. */
  dispatching = true;

  constructor(type: string, target: EventSource) {
    this.#type = type;
    this.#target = target;
  }

  get type(): string {
    return this.#type;
  }
  get target(): EventSource {
    return this.#target;
  }
  get srcElement(): EventSource {
    return this.#target;
  }
  get currentTarget(): EventSource {
    return this.dispatching ? this.#target : null;
  }
  get eventPhase(): number {
    return this.dispatching ? 2 : 0;
  }
  get timeStamp(): number {
    return this.#time ||= performance.now();
  }
  get isTrusted(): boolean {
    return true;
  }
  get bubbles(): boolean {
    return false;
  }
  get cancelable(): boolean {
    return false;
  }
  get composed(): boolean {
    return false;
  }
  get defaultPrevented(): boolean {
    return false;
  }
  get returnValue(): boolean {
    return true;
  }
  /** Whether no further listener is to be called. */
  get stopped(): boolean {
    return this.#stopped;
  }
  get cancelBubble(): boolean {
    return false;
  }
  composedPath(): EventTarget[] {
    return this.dispatching && this.#target !== null ? [this.#target] : [];
  }
  preventDefault(): void {}
  stopPropagation(): void {}
  stopImmediatePropagation(): void {
    this.#stopped = true;
  }
}

/** A message: all members of `MessageEvent`, and `instanceof MessageEvent`. */
export class SocketMessageEvent extends SocketEvent {
  static {
    Object.setPrototypeOf(SocketMessageEvent.prototype, joined(MessageEvent.prototype));
  }

  readonly #data: unknown;

  constructor(target: EventSource, data: unknown) {
    super("message", target);
    this.#data = data;
  }

  get data(): unknown {
    return this.#data;
  }
  get origin(): string {
    return "";
  }
  get lastEventId(): string {
    return "";
  }
  get source(): null {
    return null;
  }
  get ports(): readonly MessagePort[] {
    return [];
  }
}

/** The end of a connection: all members of `CloseEvent`, and `instanceof CloseEvent` where the runtime has one. */
export class SocketCloseEvent extends SocketEvent {
  static {
    const { CloseEvent } = globalThis as { readonly CloseEvent?: { readonly prototype: object } };
    if (CloseEvent !== undefined) {
      Object.setPrototypeOf(SocketCloseEvent.prototype, joined(CloseEvent.prototype));
    }
  }

  readonly #code: number;
  readonly #reason: string;
  readonly #clean: boolean;

  constructor(target: EventSource, code: number, reason: string, clean: boolean) {
    super("close", target);
    this.#code = code;
    this.#reason = reason;
    this.#clean = clean;
  }

  get code(): number {
    return this.#code;
  }
  get reason(): string {
    return this.#reason;
  }
  get wasClean(): boolean {
    return this.#clean;
  }
}

/** A failure: `error` and `message` as in `ErrorEvent`. */
export class SocketErrorEvent extends SocketEvent {
  readonly #error: Error;

  constructor(target: EventSource, error: Error) {
    super("error", target);
    this.#error = error;
  }

  get error(): Error {
    return this.#error;
  }
  get message(): string {
    return this.#error.message;
  }
}

/** The members of {@linkcode SocketEvent} before those of a class of the runtime, so that none of the latter is called. */
function joined(prototype: object): object {
  return Object.create(prototype, Object.getOwnPropertyDescriptors(SocketEvent.prototype));
}
