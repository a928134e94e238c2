/**
 * Marks a promise so that nobody has to wait for it: clients go away all the time, and a read that a handler began and will
 * look at later, or never, must not bring the process down meanwhile. Whoever does wait gets the rejection all the same.
 *
 * @param promise What is handed out, not what it is made of: each promise is unhandled for itself.
 * @returns The same promise.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
