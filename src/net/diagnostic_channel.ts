import * as diagnosticsChannel from "node:diagnostics_channel";

/** A channel of `node:diagnostics_channel`, so that nothing depends on the types of Node. */
export interface DiagnosticChannel<Message> {
  /** `true` if anybody has subscribed, or has bound an `AsyncLocalStorage`. */
  readonly hasSubscribers: boolean;
  /** Passes a message to every subscriber. */
  publish(message: Message): void;
  /**
   * Passes a message to every subscriber, and calls a function in the asynchronous context of the storages
   * that are bound to the channel, with the store that each makes of the message.
   */
  runStores<This, Args extends unknown[]>(
    message: Message,
    call: (this: This, ...args: Args) => void,
    thisArg: This,
    ...args: Args
  ): void;
}

interface DiagnosticsChannel {
  channel(name: string): DiagnosticChannel<never>;
}

/** Opens the channel of a name: the same one in all modules of this thread. */
export function diagnosticChannel<Message>(name: string): DiagnosticChannel<Message> {
  return (diagnosticsChannel as unknown as DiagnosticsChannel).channel(name);
}
