/**
 * Throws an error of the owner's callback in a microtask of its own, where the runtime reports it as
 * uncaught. Thrown at once it would end the work of the socket that made the call.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
