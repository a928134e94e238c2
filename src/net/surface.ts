/**
 * Throws an owner's mistake where the runtime reports uncaught errors, outside the work at hand, so that the
 * socket that called the owner goes on.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
